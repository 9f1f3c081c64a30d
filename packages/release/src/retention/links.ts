import {
  type Descriptor,
  type Digest,
  type Index,
  type Manifest,
  isDocumentType,
  isIndexType,
  parseIndex,
  parseManifest,
} from "@seaworthy/oci";
import { labelOf } from "@seaworthy/evidence";

export interface Content {
  readonly digest: Digest;
  readonly size: number;
}

/** What retention has to know of a manifest; the rest of it is not held. */
export interface Links {
  /** Bytes of the manifest itself. */
  readonly size: number;
  /** Manifests that an index lists. */
  readonly children: readonly Digest[];
  /** Config and layers. */
  readonly contents: readonly Content[];
  readonly subject?: Digest;
  /** Of the statement in it, as its label says. */
  readonly predicateType?: string;
  /** When it was made, as it says of itself. Milliseconds since 1970. */
  readonly created?: number;
}

/** What reproducible builds write in place of a time; Docker itself is younger. */
const EARLIEST = Date.parse("2013-01-01T00:00:00Z");

/** @throws OciError `invalid-manifest` */
export function linksOf({ mediaType, digest, size }: Descriptor, bytes: Uint8Array): Links {
  const document = isIndexType(mediaType)
    ? parseIndex(bytes, `index ${digest}`)
    : parseManifest(bytes, `manifest ${digest}`);
  const parts = partsOf(document);
  const created = timeOf(document.annotations?.["org.opencontainers.image.created"]);
  const predicateType = predicateOf(document);
  const subject = document.subject?.digest;
  return {
    size,
    children: parts.filter(isDocument).map((part) => part.digest),
    contents: parts
      .filter((part) => !isDocument(part))
      .map((part) => ({ digest: part.digest, size: part.size })),
    ...(subject === undefined ? {} : { subject }),
    ...(predicateType === undefined ? {} : { predicateType }),
    ...(created === undefined ? {} : { created }),
  };
}

const isDocument = ({ mediaType }: Descriptor): boolean => isDocumentType(mediaType);

/** Undefined for what is no time, or one before there were images. */
export function timeOf(text: string | undefined): number | undefined {
  const time = /^\d{4}-/.test(text ?? "") ? Date.parse(text!) : Number.NaN;
  return time >= EARLIEST ? time : undefined;
}

function partsOf(document: Manifest | Index): readonly Descriptor[] {
  return "manifests" in document ? document.manifests : [document.config, ...document.layers];
}

function predicateOf(document: Manifest | Index): string | undefined {
  const type =
    "config" in document ? (document.artifactType ?? document.config.mediaType) : document.artifactType;
  const described = { artifactType: type, annotations: document.annotations };
  return labelOf(described as Descriptor)?.predicateType;
}

import type { Annotations, Descriptor } from "@seaworthy/oci";
import { STATEMENT_MEDIA_TYPE } from "./statement.ts";
import { isBundleType } from "./signing/bundle.ts";

/** What the statement was made from, so that the same work is not done twice. */
const KEY = "dev.seaworthy.key";
const PREDICATE_TYPE = "in-toto.io/predicate-type";
/** cosign looks for these on bundles. */
const BUNDLE_PREDICATE_TYPE = "dev.sigstore.bundle.predicateType";
const BUNDLE_CONTENT = "dev.sigstore.bundle.content";
const CREATED = "org.opencontainers.image.created";

export interface Label {
  readonly predicateType: string;
  readonly key?: string | undefined;
  /** Nobody vouches for it. */
  readonly created?: string | undefined;
}

/** What a referrer says of the statement in it, before that is read; undefined where it says to hold none. */
export function labelOf({ artifactType, annotations = {} }: Descriptor): Label | undefined {
  const signed = isBundleType(artifactType);
  if (!signed && artifactType !== STATEMENT_MEDIA_TYPE) return undefined;
  const predicateType = annotations[signed ? BUNDLE_PREDICATE_TYPE : PREDICATE_TYPE];
  if (predicateType === undefined) return undefined;
  return { predicateType, key: annotations[KEY], created: annotations[CREATED] };
}

export function annotationsOf({ predicateType, key, created }: Label, signed: boolean): Annotations {
  return {
    ...(signed
      ? { [BUNDLE_CONTENT]: "dsse-envelope", [BUNDLE_PREDICATE_TYPE]: predicateType }
      : { [PREDICATE_TYPE]: predicateType }),
    ...(key === undefined ? {} : { [KEY]: key }),
    ...(created === undefined ? {} : { [CREATED]: created }),
  };
}

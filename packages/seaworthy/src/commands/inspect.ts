import {
  type Annotations,
  type Descriptor,
  type ImageConfig,
  type StoredImage,
  isIndexType,
  readIndex,
  readManifest,
} from "@seaworthy/oci";
import type { Machine } from "../machine/machine.ts";
import { inspectText } from "../inspect-text.ts";
import { type OpenedImage, imagesFor, openImage } from "./open-image.ts";

export interface InspectFlags {
  readonly config?: string;
  readonly platform?: string;
  readonly json?: boolean;
}

/** What `--json` prints. Sizes in bytes, as they are downloaded. */
export interface Inspected {
  readonly name: string;
  readonly digest: string;
  readonly kind: "index" | "manifest";
  readonly annotations: Annotations;
  /** Of the digest and of its platforms' manifests: evidence, signatures. */
  readonly referrers: number;
  readonly platforms: readonly InspectedPlatform[];
}

export interface InspectedPlatform {
  readonly platform: string;
  readonly digest: string;
  readonly size: number;
  readonly created?: string;
  readonly config: {
    readonly user: string;
    readonly entrypoint: readonly string[];
    readonly cmd: readonly string[];
    readonly workingDir: string;
    /** Names alone: a value may be a secret. */
    readonly env: readonly string[];
    readonly ports: readonly string[];
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly layers: readonly InspectedLayer[];
}

export interface InspectedLayer {
  readonly digest: string;
  readonly mediaType: string;
  readonly size: number;
  /** Of the config's history: the step that made it. */
  readonly createdBy?: string;
}

/** An image at a glance, or as JSON; what has to be known about how it was opened goes to stderr. */
export async function printImage(
  machine: Machine,
  text: string,
  { json = false, platform, config }: InspectFlags,
  signal: AbortSignal,
): Promise<void> {
  const image = await openImage(machine, text, { config, signal });
  try {
    const inspected = await inspect(image, platform, signal);
    const { stdout, stderr } = machine;
    stdout.write(`${json ? JSON.stringify(inspected, null, 2) : inspectText(inspected, stdout.columns)}\n`);
    for (const note of image.notes) stderr.write(`note: ${note}\n`);
  } finally {
    await image.close();
  }
}

async function inspect(
  image: OpenedImage,
  platform: string | undefined,
  signal: AbortSignal,
): Promise<Inspected> {
  const { repository, root, name } = image;
  const isIndex = isIndexType(root.mediaType);
  const { annotations = {} } = await (isIndex ? readIndex : readManifest)(repository, root, signal);
  const shown = imagesFor(image, platform);
  const subjects = new Set([root, ...shown.map(({ manifest }) => manifest)].map(({ digest }) => digest));
  let referrers = 0;
  for (const digest of subjects) referrers += (await repository.referrers(digest, undefined, signal)).length;
  return {
    name,
    digest: root.digest,
    kind: isIndex ? "index" : "manifest",
    annotations,
    referrers,
    platforms: shown.map(platformOf),
  };
}

function platformOf({ manifest, platform, size, config, layers }: StoredImage): InspectedPlatform {
  const { created, config: run = {} } = config;
  return {
    platform,
    digest: manifest.digest,
    size,
    ...(created === undefined ? {} : { created }),
    config: {
      user: run.User ?? "",
      entrypoint: run.Entrypoint ?? [],
      cmd: run.Cmd ?? [],
      workingDir: run.WorkingDir ?? "",
      env: (run.Env ?? []).map((pair) => pair.split("=", 1)[0]!),
      ports: Object.keys(run.ExposedPorts ?? {}),
      labels: run.Labels ?? {},
    },
    layers: layersOf(layers, config),
  };
}

/** History has a line for each step; those that made no layer say so. */
function layersOf(layers: readonly Descriptor[], { history = [] }: ImageConfig): readonly InspectedLayer[] {
  const steps = history.filter((step) => step.empty_layer !== true);
  return layers.map(({ digest, mediaType, size }, index) => {
    const createdBy = steps[index]?.created_by;
    return { digest, mediaType, size, ...(createdBy === undefined ? {} : { createdBy }) };
  });
}

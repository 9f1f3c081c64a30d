import {
  type Descriptor,
  type Repository,
  isIndexType,
  isManifestType,
  readImageConfig,
  readIndex,
  readManifest,
} from "@seaworthy/oci";
import { compareVersions } from "../version.ts";
import type { TagTarget } from "./decide.ts";

const REVISION = "org.opencontainers.image.revision";
const VERSION = "org.opencontainers.image.version";

type Labels = Readonly<Record<string, string>>;

/** What an index or manifest says of itself: its annotations, else those of its first image, else that one's labels. */
export async function readTarget(
  repository: Repository,
  target: Descriptor,
  signal: AbortSignal,
): Promise<TagTarget> {
  const labels = await labelsOf(repository, target, signal);
  const revision = labels[REVISION]?.replace(/-dirty$/, "");
  const version = labels[VERSION];
  return {
    digest: target.digest,
    ...(revision === undefined || revision === "" ? {} : { revision }),
    // `1.2` stands for a series here, not for a version; PEP 440 would take it for one.
    ...(version === undefined || !isWhole(version) ? {} : { version }),
  };
}

function isWhole(version: string): boolean {
  return /\d+\.\d+\.\d+|\d.*[a-z]/i.test(version) && compareVersions(version, version) !== undefined;
}

export async function labelsOf(
  repository: Repository,
  target: Descriptor,
  signal: AbortSignal,
): Promise<Labels> {
  if (isIndexType(target.mediaType)) {
    const { annotations, manifests } = await readIndex(repository, target, signal);
    const [first] = manifests;
    if (has(annotations) || first === undefined) return annotations ?? {};
    return { ...annotations, ...(await labelsOf(repository, first, signal)) };
  }
  if (!isManifestType(target.mediaType)) return {};
  const { annotations, config } = await readManifest(repository, target, signal);
  if (has(annotations) || !/image.*config|container\.image/.test(config.mediaType)) return annotations ?? {};
  return { ...(await readImageConfig(repository, config, signal)).config?.Labels, ...annotations };
}

function has(annotations: Labels | undefined): boolean {
  return annotations?.[REVISION] !== undefined;
}

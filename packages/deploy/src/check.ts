import {
  type Descriptor,
  type Repository,
  formatPlatform,
  isIndexType,
  readImageConfig,
  readIndex,
  readManifest,
} from "@seaworthy/oci";
import pLimit from "p-limit";
import { DeployError } from "./error.ts";
import type { DeployedImage, Target } from "./target.ts";

/** Says what an image lacks, a line each; nothing where it may be deployed. */
export type Decide = (image: DeployedImage, descriptor: Descriptor) => Promise<readonly string[]>;

export interface CheckTools {
  /** Where the image is published. */
  readonly repository: Repository;
  readonly decide?: Decide;
  readonly signal: AbortSignal;
}

/** Questions to a registry at once. */
const PARALLEL = 8;

/**
 * Whether an image may go to a target at all: it is there, whole, for every kind of machine the target has, and what is
 * known of it is enough. Nothing is touched.
 * @throws DeployError `refused`, `nothing-there`
 */
export async function checkImage(
  image: DeployedImage,
  target: Target,
  { repository, decide, signal }: CheckTools,
): Promise<Descriptor> {
  const found = await repository.resolve(image.digest, signal);
  if (found === undefined) {
    throw new DeployError("nothing-there", `${image.name}@${image.digest}: not there`, {
      hint: 'release it first, or name one of "seaworthy history"',
    });
  }
  const missing = await missingIn(repository, found, await target.platforms(signal), signal);
  const lacks = missing.length > 0 ? missing : ((await decide?.(image, found)) ?? []);
  if (lacks.length === 0) return found;
  const lines = lacks.map((line) => `  ${line}`).join("\n");
  throw new DeployError("refused", `${image.version} may not go to ${target.where}\n${lines}`, {
    hint:
      missing.length > 0
        ? "release the image again, for the platforms that the target has"
        : "make up for what is missing, or ask those who keep the policy",
  });
}

async function missingIn(
  repository: Repository,
  root: Descriptor,
  platforms: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const manifests = isIndexType(root.mediaType)
    ? (await readIndex(repository, root, signal)).manifests
    : [await withPlatform(repository, root, signal)];
  const limit = pLimit(PARALLEL);
  const lines = await Promise.all(
    platforms.map(async (platform) => {
      const manifest = manifests.find(
        (each) => each.platform !== undefined && formatPlatform(each.platform) === platform,
      );
      if (manifest === undefined) {
        const held = manifests.flatMap((each) =>
          each.platform === undefined ? [] : formatPlatform(each.platform),
        );
        return [`platform ${platform}: the target has such machines, the image is for ${held.join(", ")}`];
      }
      if (!(await repository.has(manifest, signal))) return [`platform ${platform}: its manifest is gone`];
      const { config, layers } = await readManifest(repository, manifest, signal);
      const there = await Promise.all(
        [config, ...layers].map((blob) => limit(() => repository.has(blob, signal))),
      );
      const gone = there.filter((has) => !has).length;
      return gone === 0 ? [] : [`platform ${platform}: ${gone} of its ${there.length} blobs are gone`];
    }),
  );
  return lines.flat();
}

async function withPlatform(
  repository: Repository,
  manifest: Descriptor,
  signal: AbortSignal,
): Promise<Descriptor> {
  const { config } = await readManifest(repository, manifest, signal);
  const { os, architecture } = await readImageConfig(repository, config);
  return { ...manifest, platform: { os, architecture } };
}

import { type Digest, MediaType, OciError, type Repository, readImageConfig } from "@seaworthy/oci";
import type { RemoteManifests } from "@seaworthy/oci/remote";
import { DAMAGED } from "../../damaged.ts";
import { recordsOf } from "../../records/of-digest.ts";
import { inParallel } from "../in-parallel.ts";
import { type Content, linksOf, timeOf } from "../links.ts";
import type { DatedImage, Deletion, Shelf, Version } from "../shelf.ts";

export interface RegistryShelfOptions {
  /** Registry and repository. */
  readonly name: string;
  readonly manifests: RemoteManifests;
  /** The same, for the configs of images. */
  readonly repository: Repository;
}

/**
 * A repository of any registry that deletes by digest, as the distribution spec has it. It tells of tags alone and not
 * when anything came: images are as old as their release records, else as they say themselves.
 */
export function registryShelf({ name, manifests, repository }: RegistryShelfOptions): Shelf {
  const headsOf = (tags: readonly string[], signal: AbortSignal) =>
    inParallel(tags, async (tag) => ({ tag, found: await manifests.head(tag, signal) }));
  let known: ReadonlySet<string> = new Set();
  return {
    name,

    async list(signal) {
      const tags = await manifests.tags(signal);
      known = new Set(tags);
      const tagged = Map.groupBy(await headsOf(tags, signal), ({ found }) => found?.digest);
      const versions = [...tagged].flatMap(([digest, all]) =>
        digest === undefined ? [] : [{ digest, tags: all.map(({ tag }) => tag) }],
      );
      return { versions, dangling: (tagged.get(undefined) ?? []).map(({ tag }) => tag) };
    },

    read: (digest, signal) => readLinks(manifests, digest, signal),
    dated: (image, signal) => datedAt(repository, image, signal),

    async referrers(subject, signal) {
      return (await manifests.referrers(subject, signal)).map(({ digest }) => digest);
    },

    async delete(versions, tell, signal) {
      const since = (await manifests.tags(signal)).filter((tag) => !known.has(tag));
      const named = new Map((await headsOf(since, signal)).map(({ tag, found }) => [found?.digest, tag]));
      await inParallel(versions, async (version) => {
        const tag = named.get(version.digest);
        const changed = { is: "changed", why: `it has the tag ${tag} by now` } as const;
        tell(version, tag === undefined ? await remove(manifests, version, signal) : changed);
      });
    },

    async restore({ digest }, signal) {
      const found = await manifests.head(digest, signal);
      if (found !== undefined) return { is: "there already" };
      return { is: "lost", why: "a registry brings nothing back; release that commit again" };
    },
  };
}

/** From a registry, as every shelf whose manifests are in one reads them. */
export async function readLinks(manifests: RemoteManifests, digest: Digest, signal: AbortSignal) {
  const found = await manifests.get(digest, signal);
  return found === undefined ? undefined : linksOf(found.descriptor, found.bytes);
}

async function datedAt(
  repository: Repository,
  { digest, isRecorded, config }: DatedImage,
  signal: AbortSignal,
): Promise<number | undefined> {
  if (!isRecorded) return config === undefined ? undefined : madeAt(repository, config, signal);
  let newest: number | undefined;
  // One that cannot be read tells nothing: an image of unknown age stays.
  for await (const { record } of recordsOf(repository, { digest }, { onProblem: () => {}, signal })) {
    newest = Math.max(newest ?? 0, Date.parse(record.finishedAt));
  }
  return newest;
}

async function madeAt(
  repository: Repository,
  { digest, size }: Content,
  signal: AbortSignal,
): Promise<number | undefined> {
  try {
    const config = { mediaType: MediaType.config, digest, size };
    return timeOf((await readImageConfig(repository, config, signal)).created);
  } catch (error) {
    // No image, or one that is damaged.
    if (error instanceof OciError && DAMAGED.has(error.code)) return undefined;
    throw error;
  }
}

/** Nobody holds a lock in a registry: this is as late as one can look. */
async function remove(manifests: RemoteManifests, version: Version, signal: AbortSignal): Promise<Deletion> {
  for (const tag of version.tags) {
    const found = await manifests.head(tag, signal);
    if (found !== undefined && found.digest !== version.digest) {
      return { is: "changed", why: `${tag} is at ${found.digest} by now` };
    }
  }
  await manifests.delete(version.digest, signal);
  return { is: "deleted" };
}

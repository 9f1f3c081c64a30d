import {
  type Digest,
  type HeldContent,
  type Layout,
  MediaType,
  collect,
  sniffManifestType,
} from "@seaworthy/oci";
import { linksOf } from "../links.ts";
import type { Holding, Restoring, Shelf, Version } from "../shelf.ts";

const REF_NAME = "org.opencontainers.image.ref.name";

/** One repository of a layout, which is what the embedded registry serves. Its space comes back at once. */
export function layoutShelf(layout: Layout, repository: string): Shelf {
  // As of the last list: a manifest is asked for by its digest, and lies there under that and its size.
  let sizes: ReadonlyMap<Digest, number> = new Map();
  return {
    name: `${layout.dir}: ${repository}`,

    async list() {
      // Names first: what is put meanwhile is then content that is used, and nothing that is named is missing.
      const names = await namesIn(layout, `${repository}:`);
      const contents: HeldContent[] = [];
      for await (const content of layout.list()) contents.push(content);
      sizes = new Map(contents.map(({ digest, size }) => [digest, size]));
      return { contents, ...names };
    },

    async read(digest, signal) {
      const size = sizes.get(digest);
      if (size === undefined) return undefined;
      const content = await layout.open({ mediaType: MediaType.octets, digest, size }, signal);
      const bytes = await collect(content, size);
      const mediaType = sniffManifestType(bytes);
      return mediaType === undefined ? undefined : linksOf({ mediaType, digest, size }, bytes);
    },

    async delete(versions, tell, signal) {
      const wanted = new Map(versions.map(({ digest, tags }) => [digest, tags]));
      const forgotten = await layout.forget(repository, wanted, signal);
      for (const version of versions) {
        const changed = { is: "changed", why: "it has other tags by now" } as const;
        tell(version, forgotten.has(version.digest) ? { is: "deleted" } : changed);
      }
    },

    async reclaim(digests, before, signal) {
      const went = await layout.sweep({ digests, before, signal });
      return [...went.values()].reduce((sum, size) => sum + size, 0);
    },

    restore: (version, signal) => restore(layout, repository, version, signal),
  };
}

async function namesIn(layout: Layout, mine: string): Promise<Pick<Holding, "versions" | "others">> {
  const tags = new Map<Digest, string[]>();
  const others = new Set<Digest>();
  for (const { digest, annotations } of (await layout.index()).manifests) {
    const ref = annotations?.[REF_NAME];
    if (ref?.startsWith(mine) !== true) others.add(digest);
    else tags.set(digest, [...(tags.get(digest) ?? []), ref.slice(mine.length)]);
  }
  return { versions: [...tags].map(([digest, names]) => ({ digest, tags: names })), others: [...others] };
}

/** Tags alone were taken where others have the content too, or it was used since. */
async function restore(
  layout: Layout,
  name: string,
  { digest, tags }: Version,
  signal: AbortSignal,
): Promise<Restoring> {
  const repository = layout.repository(name);
  const target = await repository.resolve(digest, signal);
  if (target === undefined) return { is: "lost", why: "its bytes are gone; release that commit again" };
  let missing = 0;
  for (const tag of tags) {
    if ((await repository.resolve(tag, signal)) !== undefined) continue;
    await repository.tag(target, tag, signal);
    missing += 1;
  }
  return { is: missing > 0 ? "restored" : "there already" };
}

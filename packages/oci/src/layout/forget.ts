import type { Digest } from "../digest.ts";
import type { IndexEntry, IndexFile } from "./index-file.ts";

/** See `Layout.forget`. */
export async function forget(
  index: IndexFile,
  name: string,
  tags: ReadonlyMap<Digest, readonly string[]>,
  signal?: AbortSignal,
): Promise<ReadonlySet<Digest>> {
  const mine = `${name}:`;
  const asDescribed = new Set<Digest>();
  await index.update(async (entries) => {
    const here = entries.filter(
      ({ ref, target }) => ref?.startsWith(mine) === true && tags.has(target.digest),
    );
    const held = Map.groupBy(here, ({ target }) => target.digest);
    for (const [digest, wanted] of tags) {
      const found = (held.get(digest) ?? []).map(({ ref }) => ref!.slice(mine.length));
      if (sameSet(found, wanted)) asDescribed.add(digest);
    }
    const goes = new Set<IndexEntry>(here.filter(({ target }) => asDescribed.has(target.digest)));
    return goes.size === 0 ? undefined : entries.filter((entry) => !goes.has(entry));
  }, signal);
  return asDescribed;
}

function sameSet(found: readonly string[], wanted: readonly string[]): boolean {
  const left = new Set(found);
  return left.size === new Set(wanted).size && wanted.every((tag) => left.has(tag));
}

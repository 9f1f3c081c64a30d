import type { Digest } from "@seaworthy/oci";
import type { Links } from "./links.ts";
import type { Shelf } from "./shelf.ts";

/**
 * A shelf whose manifests are read once, however often it is surveyed: under its digest none ever changes. What is there,
 * and since when, is asked anew each time.
 */
export function remembering(shelf: Shelf): Shelf {
  const links = new Map<Digest, Links>();
  return {
    name: shelf.name,
    list: (signal) => shelf.list(signal),
    delete: (...args) => shelf.delete(...args),
    restore: (...args) => shelf.restore(...args),
    ...(shelf.referrers === undefined ? {} : { referrers: (...args) => shelf.referrers!(...args) }),
    ...(shelf.dated === undefined ? {} : { dated: (...args) => shelf.dated!(...args) }),
    ...(shelf.reclaim === undefined ? {} : { reclaim: (...args) => shelf.reclaim!(...args) }),

    async read(digest, signal) {
      const found = links.get(digest) ?? (await shelf.read(digest, signal));
      if (found !== undefined) links.set(digest, found);
      return found;
    },
  };
}

import type { Visible } from "../image/visible.ts";
import type { Document, ListedPackage } from "./documents/document.ts";
import type { Inventory, Package } from "./package.ts";
import type { PackageList } from "./package-list.ts";
import type { Reading } from "./readings.ts";

/** Kinds of packages of which a database says what is there. */
const IN_DATABASES: readonly Package["type"][] = ["deb", "apk", "rpm"];

/**
 * Takes over what documents in the image list. What was found in the image itself is only completed: hashes, licences.
 * A document grows old where later layers remove or upgrade things. So it adds no packages of a kind of which the
 * image has a database, nor any of which it names the place, and nothing is there any more.
 */
export function mergeDocuments(
  list: PackageList,
  found: readonly Reading<Document>[],
  image: Visible,
): Inventory["merged"] {
  const known = new Set(IN_DATABASES.filter((type) => list.has(type)));
  return found.map(({ path, layer, fact: { format, packages } }) => {
    const taken = packages.filter((listed) => take(listed, { path, layer }));
    return { path, format, packages: taken.length };
  });

  function take(listed: ListedPackage, document: Package["locations"][number]): boolean {
    const { places, ...named } = listed;
    const absolute = places.filter((place) => place.startsWith("/"));
    const visible = absolute.flatMap((place) => image.fileAt(place) ?? []);
    if (absolute.length > 0 && visible.length === 0) return false;
    const same = list.meantBy(listed.purl);
    for (const { purl } of same) {
      // A hash is of one of them, and the document does not say which.
      const hashes = same.length > 1 ? [] : named.hashes;
      list.add({ ...toPackage(named), purl, hashes, locations: visible });
    }
    if (same.length > 0) return true;
    if (known.has(listed.type)) return false;
    list.add({ ...toPackage(named), locations: visible.length > 0 ? visible : [document] });
    return true;
  }
}

function toPackage(listed: Omit<ListedPackage, "places">): Omit<Package, "locations"> {
  const { arch: _, ...named } = listed;
  return { ...named, foundBy: "sbom" };
}

import { oneLine } from "./one-line.ts";
import type { Package } from "./package.ts";
import { identityOf } from "./purl.ts";

const MAX_TEXT = 1024;
const MAX_LICENCES = 200;

/** Packages by URL, each once, whoever found it. */
export class PackageList {
  readonly #packages = new Map<string, Package>();
  /** By what documents may call the same, which leave out what they do not know. */
  readonly #purls = new Map<string, Set<string>>();

  /** Who found a package first says what it is; others add what that one did not know. */
  add(found: Package): void {
    const { identity } = identityOf(found.purl);
    const before = this.#packages.get(found.purl);
    const tidy = tidied(found);
    this.#packages.set(found.purl, before === undefined ? tidy : united(before, tidy));
    this.#purls.set(identity, (this.#purls.get(identity) ?? new Set()).add(found.purl));
  }

  /** Those that a URL means: without an architecture in it, those of all. */
  meantBy(purl: string): readonly Package[] {
    const { identity, arch } = identityOf(purl);
    return [...(this.#purls.get(identity) ?? [])].flatMap((each) => {
      const found = this.#packages.get(each);
      const own = identityOf(each).arch;
      return found === undefined || (arch !== undefined && own !== undefined && arch !== own) ? [] : [found];
    });
  }

  has(type: Package["type"]): boolean {
    return [...this.#packages.values()].some((found) => found.type === type);
  }

  /** By URL, the locations of each from the lowest layer on. */
  sorted(): readonly Package[] {
    return [...this.#packages.values()].toSorted((a, b) => compare(a.purl, b.purl));
  }
}

/** Texts are one line each: they come from anybody and end up in tables. */
function tidied({ supplier = "", licenses, ...found }: Package): Package {
  const lines = new Set(
    licenses
      .slice(0, MAX_LICENCES)
      .map((text) => oneLine(text, MAX_TEXT))
      .filter((text) => text !== ""),
  );
  const by = oneLine(supplier, MAX_TEXT);
  return { ...found, licenses: [...lines], ...(by !== "" && { supplier: by }) };
}

function united(first: Package, second: Package): Package {
  const locations = [...first.locations, ...second.locations].toSorted(
    (a, b) => a.layer - b.layer || compare(a.path, b.path),
  );
  const supplier = first.supplier ?? second.supplier;
  const source = first.source ?? second.source;
  return {
    ...first,
    licenses: first.licenses.length > 0 ? first.licenses : second.licenses,
    hashes: distinct([...first.hashes, ...second.hashes], ({ algorithm }) => algorithm),
    locations: distinct(locations, ({ path }) => path),
    ...(supplier !== undefined && { supplier }),
    ...(source !== undefined && { source }),
  };
}

function distinct<Item>(items: readonly Item[], keyOf: (item: Item) => string): readonly Item[] {
  const byKey = new Map(items.toReversed().map((item) => [keyOf(item), item]));
  return [...byKey.values()].toReversed();
}

/** By code unit: the same order everywhere. */
function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

import type { ContentStore, StoredImage } from "@seaworthy/oci";
import { type Visible, visiblePaths } from "../image/visible.ts";
import { visitLayers } from "../image/visit-layers.ts";
import type { LayerVisitor } from "../image/visitor.ts";
import { type Catalog, catalog } from "./catalog.ts";
import type { Cataloger } from "./cataloger.ts";
import { apk } from "./catalogers/apk.ts";
import { dpkg } from "./catalogers/dpkg.ts";
import { go } from "./catalogers/go.ts";
import { java } from "./catalogers/java.ts";
import { npmInstalled } from "./catalogers/npm-installed.ts";
import { npmLockfile } from "./catalogers/npm-lockfile.ts";
import { python } from "./catalogers/python.ts";
import { rpm } from "./catalogers/rpm.ts";
import { ruby } from "./catalogers/ruby.ts";
import { rust } from "./catalogers/rust.ts";
import { documents } from "./documents/documents.ts";
import { mergeDocuments } from "./merge-documents.ts";
import { oneLine } from "./one-line.ts";
import { osRelease } from "./os-release.ts";
import type { Distro, Inventory } from "./package.ts";
import { PackageList } from "./package-list.ts";
import { purlOf } from "./purl.ts";

/** Of a package that several find, the first says what it is. */
const CATALOGERS: readonly (() => Cataloger)[] = [
  dpkg,
  apk,
  rpm,
  npmInstalled,
  npmLockfile,
  python,
  go,
  rust,
  java,
  ruby,
];

const MAX_PROBLEMS = 200;
const MAX_PROBLEM = 1000;

/** An inventory while the layers go by. */
export interface Taking {
  /** To be shown every layer, lowest first, together with whatever others look for. */
  readonly visitors: readonly LayerVisitor[];
  /** After the last layer. */
  conclude(): Inventory;
}

/**
 * What is in one platform's image, read from its layers in one pass. Packages inside an image are anybody's: what is
 * wrong with them is a line in `problems`. Errors are those of the store and the layers, and EvidenceError `too-large`.
 */
export async function takeInventory(
  store: ContentStore,
  image: StoredImage,
  { signal }: { readonly signal?: AbortSignal } = {},
): Promise<Inventory> {
  const taking = beginInventory();
  await visitLayers(store, image, taking.visitors, signal);
  return taking.conclude();
}

/** For whoever reads the layers anyhow. */
export function beginInventory(): Taking {
  const visible = visiblePaths();
  const release = osRelease();
  const bills = documents();
  const catalogs = CATALOGERS.map((make) => make()).map((cataloger) => ({
    name: cataloger.name,
    catalog: catalog(cataloger),
  }));
  return {
    visitors: [visible, release, bills, ...catalogs.map((each) => each.catalog)],
    conclude() {
      const distro = release.distro(visible);
      const list = new PackageList();
      const problems = catalogs.flatMap((each) => collect(list, each, visible, distro));
      const merged = mergeDocuments(list, bills.seen(visible), visible);
      const told = [...problems, ...bills.problems(visible), ...release.problems(visible)];
      return {
        packages: list.sorted(),
        merged,
        problems: shortened(told),
        ...(distro !== undefined && { distro }),
      };
    },
  };
}

function collect(
  list: PackageList,
  { name, catalog: found }: { readonly name: string; readonly catalog: Catalog },
  visible: Visible,
  distro: Distro | undefined,
): readonly string[] {
  const { packages, problems } = found.conclude(visible);
  const nameless = packages.flatMap((each) => {
    const { arch: _, path, layer, ...named } = each;
    try {
      list.add({ ...named, purl: purlOf(each, distro), locations: [{ path, layer }], foundBy: name });
      return [];
    } catch (error) {
      return [`/${path}: ${each.type} package left out: ${(error as Error).message}`];
    }
  });
  return [...problems, ...nameless];
}

function shortened(problems: readonly string[]): readonly string[] {
  const lines = problems.slice(0, MAX_PROBLEMS).map((problem) => oneLine(problem, MAX_PROBLEM));
  const more = problems.length - lines.length;
  return more === 0 ? lines : [...lines, `and ${more} problems more`];
}

import type { Inventory, Package } from "../../inventory/package.ts";
import type { ScanProblem } from "../scanner.ts";
import { type Ecosystem, type Lookup, lookupOf } from "./ecosystem.ts";
import type { AdvisoryIndex } from "./index-file.ts";

/** A package, and what to ask about it. */
export interface Wanted {
  readonly found: Package;
  readonly lookup: Lookup;
}

export interface Questions {
  readonly wanted: ReadonlyMap<Ecosystem, readonly Wanted[]>;
  /** What cannot be asked about. */
  readonly problems: readonly ScanProblem[];
}

const HINT = "scan with trivy, which knows more distributions: scan.trivy";

/** What is to be asked about an inventory, by ecosystem. */
export function questionsOf(inventory: Inventory): Questions {
  const { packages, distro, problems } = inventory;
  const lookups = packages.map((found) => ({ found, lookup: lookupOf(found, distro) }));
  const known = lookups.flatMap(({ found, lookup }) => ("unknown" in lookup ? [] : [{ found, lookup }]));
  const elsewhere = lookups.flatMap(({ lookup }) =>
    "unknown" in lookup && lookup.unknown === "elsewhere" ? [lookup.what] : [],
  );
  return {
    wanted: Map.groupBy(known, ({ lookup }) => lookup.ecosystem),
    problems: [
      ...problems.map((message): ScanProblem => ({ kind: "unread", message: `inventory: ${message}` })),
      ...emptied(inventory),
      ...[...Map.groupBy(elsewhere, (what) => what)].map(([what, all]) => unwatched(what, all.length)),
    ],
  };
}

/** With these there is always a list of packages. */
const LISTING =
  /^(?:debian|ubuntu|alpine|wolfi|chainguard|fedora|rhel|centos|rocky|almalinux|amzn|ol|sles|opensuse.*)$/;
const OF_DISTRIBUTIONS: ReadonlySet<Package["type"]> = new Set(["deb", "apk", "rpm"]);

/** A distribution whose list of packages was removed, or cannot be read, still has its packages. */
function emptied({ packages, distro }: Inventory): readonly ScanProblem[] {
  if (distro === undefined || !LISTING.test(distro.id)) return [];
  if (packages.some(({ type }) => OF_DISTRIBUTIONS.has(type))) return [];
  const what = `${distro.id} ${distro.version ?? ""}`.trim();
  const message = `none of the packages of ${what} were found: its list was removed or cannot be read`;
  return [{ kind: "blind", message, hint: "keep the list: var/lib/dpkg, lib/apk/db, var/lib/rpm" }];
}

/** Releases that the database says nothing at all about: too old, too new, or not watched. */
export function unwatchedIn(index: AdvisoryIndex, wanted: readonly Wanted[]): readonly ScanProblem[] {
  return [...Map.groupBy(wanted, ({ lookup }) => lookup.release)].flatMap(([release, all]) =>
    index.knows(release) ? [] : [unwatched(release, all.length)],
  );
}

function unwatched(what: string, count: number): ScanProblem {
  const packages = count === 1 ? "1 package was" : `${count} packages were`;
  return {
    kind: "blind",
    message: `there are no advisories of ${what}: ${packages} not looked at`,
    hint: HINT,
  };
}

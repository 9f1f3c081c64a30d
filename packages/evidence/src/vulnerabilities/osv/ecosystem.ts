import type { Distro, Package } from "../../inventory/package.ts";

/** Those of the OSV schema that are known here, each with an archive and an order of versions of its own. */
export const ECOSYSTEMS = [
  "Debian",
  "Alpine",
  "npm",
  "PyPI",
  "Go",
  "Maven",
  "RubyGems",
  "crates.io",
] as const;
export type Ecosystem = (typeof ECOSYSTEMS)[number];

/** What to look a package up by. */
export interface Lookup {
  readonly ecosystem: Ecosystem;
  /** With the release where the ecosystem has some: `Debian:13`, `Alpine:v3.22`. */
  readonly release: string;
  readonly name: string;
  readonly version: string;
}

/** Why no advisories speak of a package: `nobody` makes some for its kind, or there are some `elsewhere`. */
export type Unknown =
  | { readonly unknown: "nobody" }
  | { readonly unknown: "elsewhere"; readonly what: string };

const OF_TYPE = {
  npm: "npm",
  pypi: "PyPI",
  golang: "Go",
  cargo: "crates.io",
  maven: "Maven",
  gem: "RubyGems",
} as const satisfies Partial<Record<Package["type"], Ecosystem>>;

/** How the OSV schema names what a package belongs to (schema.md, `affected[].package`). */
export function lookupOf(found: Package, distro: Distro | undefined): Lookup | Unknown {
  const { type, name, version } = found;
  switch (type) {
    case "deb":
    case "apk":
    case "rpm":
      return ofDistro(found, distro);
    case "generic":
      return { unknown: "nobody" };
    case "npm":
    case "pypi":
    case "golang":
    case "cargo":
    case "maven":
    case "gem": {
      const ecosystem = OF_TYPE[type];
      return { ecosystem, release: ecosystem, name: nameIn(ecosystem, name), version };
    }
  }
}

/** Distributions speak of source packages. */
function ofDistro({ type, name, version, source }: Package, distro: Distro | undefined): Lookup | Unknown {
  const about = source ?? { name, version };
  const release = releaseOf(type, distro);
  if (release !== undefined) return { ...release, name: about.name, version: about.version };
  const { id = "an unknown distribution", version: number = "" } = distro ?? {};
  return { unknown: "elsewhere", what: `${id} ${number}`.trim() };
}

function releaseOf(
  type: Package["type"],
  distro: Distro | undefined,
): Pick<Lookup, "ecosystem" | "release"> | undefined {
  if (distro?.id === "debian" && type === "deb") {
    const major = /^\d+/.exec(distro.version ?? "")?.[0];
    return { ecosystem: "Debian", release: major === undefined ? "Debian:sid" : `Debian:${major}` };
  }
  if (distro?.id === "alpine" && type === "apk") {
    const branch = /^\d+\.\d+(?![\d_])(?!.*_)/.exec(distro.version ?? "")?.[0];
    return branch === undefined ? undefined : { ecosystem: "Alpine", release: `Alpine:v${branch}` };
  }
  return undefined;
}

/** PyPI's names are compared normalised (PEP 503); others as they are written. */
export function nameIn(ecosystem: Ecosystem, name: string): string {
  return ecosystem === "PyPI" ? name.toLowerCase().replaceAll(/[-_.]+/g, "-") : name;
}

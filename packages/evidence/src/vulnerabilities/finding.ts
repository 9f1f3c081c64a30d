import type { Package, PackageType } from "../inventory/package.ts";
import type { Severity } from "./severity.ts";

/** A vulnerability in a package of an image. */
export interface Finding {
  /** The CVE where there is one, else what the database calls it: `GHSA-…`, `DSA-…`, `MAL-…`. */
  readonly id: string;
  /** Other names of the same, sorted. */
  readonly aliases: readonly string[];
  readonly package: AffectedPackage;
  /** The lowest version known to be free of it; missing where none is known. */
  readonly fixedIn?: string;
  readonly severity: Severity;
  /** CVSS, of `vector`. */
  readonly score?: number;
  readonly vector?: string;
  /** Known to be exploited; missing where nobody was asked. */
  readonly exploited?: boolean;
  /** RFC 3339. */
  readonly published?: string;
  /** A line, as the database has it: foreign text. */
  readonly summary: string;
  readonly url: string;
  readonly remarks: readonly Remark[];
}

/**
 * `disputed`: somebody denies that it is one. `unimportant`: the distribution says that its build is not affected.
 * `uncertain`: a version cannot be compared, so it is taken for affected. `malicious`: the package itself is the attack.
 */
export const REMARKS = ["disputed", "unimportant", "uncertain", "malicious"] as const;
export type Remark = (typeof REMARKS)[number];

export interface AffectedPackage {
  readonly type: PackageType;
  readonly name: string;
  /** Installed. */
  readonly version: string;
  readonly purl: string;
  /** The source package that advisories speak of, where it has another name. */
  readonly source?: string;
  /** Where it is in the image, and which layer put it there; 0 is the lowest. Empty and -1 where it is not known. */
  readonly path: string;
  readonly layer: number;
}

export function affectedPackage({ type, name, version, purl, source, locations }: Package): AffectedPackage {
  const [first] = locations;
  return {
    type,
    name,
    version,
    purl,
    ...(source === undefined || source.name === name ? {} : { source: source.name }),
    path: first?.path ?? "",
    layer: first?.layer ?? -1,
  };
}

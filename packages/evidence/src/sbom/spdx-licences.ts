import { createHash } from "node:crypto";
import type { Package } from "../inventory/package.ts";
import { allOf, isExpression } from "./licences.ts";

/** Licences of a document: listed ones by name, all others by reference to what packages say of themselves. */
export interface SpdxLicences {
  declaredBy(found: Package): string;
  /** `hasExtractedLicensingInfos`, by id. */
  readonly texts: readonly {
    readonly licenseId: string;
    readonly extractedText: string;
    readonly name: string;
    readonly comment: string;
  }[];
}

export function spdxLicences(packages: readonly Package[]): SpdxLicences {
  const names = [...new Set(packages.flatMap(({ licenses }) => licenses))];
  const known = new Map(names.map((name) => [name, isExpression(name) ? name : referenceTo(name)]));
  const texts = names
    .filter((name) => known.get(name) !== name)
    .map((name) => ({
      licenseId: referenceTo(name),
      extractedText: name,
      name,
      comment: "as the package calls it; no licence of that name is on the SPDX list",
    }))
    .toSorted((a, b) => (a.licenseId < b.licenseId ? -1 : 1));
  return {
    texts,
    declaredBy: ({ licenses }) =>
      licenses.length === 0 ? "NOASSERTION" : allOf(licenses.map((name) => known.get(name) ?? name)),
  };
}

/** Letters, digits, `.` and `-` only (SPDX 2.3, 10.1); where that loses something a hash keeps names apart. */
function referenceTo(name: string): string {
  const words = name.replaceAll(/[^A-Za-z0-9.]+/g, "-").slice(0, 60);
  const hash = words === name ? "" : `-${createHash("sha256").update(name).digest("hex").slice(0, 8)}`;
  return `LicenseRef-${words}${hash}`;
}

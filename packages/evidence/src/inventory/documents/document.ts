import type { NamedPackage } from "../cataloger.ts";

/** A package as somebody's document lists it. */
export interface ListedPackage extends NamedPackage {
  /** As the document has it, canonical: types that no cataloger knows are only told by it. */
  readonly purl: string;
  /** Absolute paths where the document says that it lies. */
  readonly places: readonly string[];
}

/** A bill of materials found in an image. */
export interface Document {
  /** `CycloneDX 1.6`, `SPDX-2.3` */
  readonly format: string;
  readonly packages: readonly ListedPackage[];
  /** Entries without a package URL that names a version. */
  readonly unnamed: number;
}

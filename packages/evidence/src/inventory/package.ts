/** `type` of a package URL (purl-spec, PURL-TYPES); `generic` also for those that only documents name. */
export type PackageType =
  | "deb"
  | "apk"
  | "rpm"
  | "npm"
  | "pypi"
  | "golang"
  | "cargo"
  | "maven"
  | "gem"
  | "generic";

/** Something in an image that somebody else made and that has a version. */
export interface Package {
  readonly type: PackageType;
  /** As its ecosystem writes it: `@scope/name`, `group:artifact`, `libc6`. */
  readonly name: string;
  readonly version: string;
  /** Canonical, with the qualifiers that advisories need (`arch`, `distro`). */
  readonly purl: string;
  /** SPDX expressions where they are some, else what the package says itself. */
  readonly licenses: readonly string[];
  readonly supplier?: string;
  /** Of the archive it came from or, for Go, of its files (`h1`); lower-case hex. */
  readonly hashes: readonly {
    readonly algorithm: "SHA-1" | "SHA-256" | "SHA-512" | "MD5";
    readonly value: string;
  }[];
  /** Where it was found; the first is the one that says so. Layer 0 is the lowest. */
  readonly locations: readonly { readonly path: string; readonly layer: number }[];
  /** What distributions' advisories speak of: the source package. */
  readonly source?: { readonly name: string; readonly version: string };
  /** How it was found: `dpkg`, `npm-lockfile`; `sbom` where only a document in the image names it. */
  readonly foundBy: string;
}

/** `/etc/os-release` (os-release(5)). */
export interface Distro {
  /** `debian`, `alpine`, `ubuntu`. */
  readonly id: string;
  /** `13`, `3.22.1`; rolling ones have none. */
  readonly version?: string;
  readonly name?: string;
}

/** What is in one platform's image: sorted by purl, each package once. Same image, same inventory. */
export interface Inventory {
  readonly packages: readonly Package[];
  readonly distro?: Distro;
  /** SBOMs found in the image that were taken over, by path. */
  readonly merged: readonly { readonly path: string; readonly format: string; readonly packages: number }[];
  /** What could not be read, each a line for people; the rest is there all the same. */
  readonly problems: readonly string[];
}

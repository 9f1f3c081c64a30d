/** A signed release file that a base was resolved from. */
export interface LockedRelease {
  readonly archive: "debian" | "debian-security";
  readonly suite: string;
  /** ISO 8601, from the release file. */
  readonly date: string;
  /** Of the InRelease file. */
  readonly sha256: string;
}

export interface LockedPackage {
  readonly name: string;
  readonly version: string;
  readonly arch: string;
  readonly archive: "debian" | "debian-security";
  /** `pool/…`, relative to the root of any mirror. */
  readonly path: string;
  readonly sha256: string;
  readonly size: number;
  /** Source package, where its name or version differs: `util-linux (2.41.5-0+deb13u1)`. */
  readonly source?: string;
}

export interface LockedNpm {
  readonly name: string;
  readonly version: string;
  /** Of the tarball, relative to the root of any npm registry. */
  readonly path: string;
  readonly integrity: string;
}

/** One base for one platform. Holds no name of any mirror: files are found by archive, path and hash. */
export interface LockedBase {
  readonly suite: string;
  /** What the config asked for when this was resolved. */
  readonly requested: {
    readonly packages: readonly string[];
    readonly omit: readonly string[];
    readonly components: readonly string[];
  };
  readonly releases: readonly LockedRelease[];
  readonly packages: readonly LockedPackage[];
  readonly npm: readonly LockedNpm[];
}

/** `bases.lock.json`: base image name → platform (`linux/amd64`) → what it is made of. */
export interface BasesLock {
  readonly version: 1;
  readonly bases: Readonly<Record<string, Readonly<Record<string, LockedBase>>>>;
}

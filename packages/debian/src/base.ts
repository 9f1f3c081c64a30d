/** Debian's names for the two architectures; the same as the OCI ones. */
export type DebianArch = "amd64" | "arm64";

/** Files taken out of one npm package, whose scripts never run. */
export interface NpmSource {
  /** One package for all platforms, or one for each. */
  readonly name: string | Readonly<Record<DebianArch, string>>;
  /** An exact version: a range would not be reproducible. */
  readonly version: string;
  /** Path in the package (`.` is all of it) → absolute destination. A directory is copied with all that is below it. */
  readonly files: Readonly<Record<string, string>>;
  /** Permission bits of the files taken; else 0755 where the package marks them executable, 0644 where not. */
  readonly mode?: number;
}

/** A line of `/etc/passwd`, with a group of the same name where none has its gid. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** Created, mode 0755, owned by the account. Default `/home/<name>`. */
  readonly home?: string;
  /** Default `/usr/sbin/nologin`. */
  readonly shell?: string;
}

/** What `debian()` takes. Paths in `symlinks` are absolute, those in `exclude` relative to the root. */
export interface DebianOptions {
  /** Codename: `trixie`, `bookworm`. Its updates and security suites are always read too. */
  readonly suite: string;
  /** Packages asked for by name; what they depend on is added. */
  readonly packages: readonly string[];
  /**
   * Packages (or virtual ones) that are not installed though others depend on them: those that only maintainer
   * scripts call, such as `debconf`.
   */
  readonly omit?: readonly string[];
  readonly components?: readonly string[];
  readonly npm?: readonly NpmSource[];
  readonly user?: readonly Account[];
  /** Globs of paths left out (`*`, `?`, `**`); `usr/share/doc/<package>/copyright` always stays. */
  readonly exclude?: readonly string[];
  /** Link path → target, for what maintainer scripts would have made. */
  readonly symlinks?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly entrypoint?: readonly string[];
  readonly cmd?: readonly string[];
  readonly workdir?: string;
  /** The image's user, best as a number: `65532`. */
  readonly runAs?: string;
}

/** A base image to be assembled, validated and with defaults filled in. Made by `debian()`. */
export interface DebianBase extends DebianOptions {
  readonly kind: "debian";
  readonly omit: readonly string[];
  readonly components: readonly string[];
  readonly npm: readonly NpmSource[];
  readonly user: readonly Account[];
  readonly exclude: readonly string[];
  readonly symlinks: Readonly<Record<string, string>>;
  readonly env: Readonly<Record<string, string>>;
}

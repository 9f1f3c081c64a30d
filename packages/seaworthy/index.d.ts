import type { Environment } from "./types/environment.d.ts";
import type { PolicyFile } from "./types/policy.d.ts";
import type { Retention } from "./types/retention.d.ts";

export type { Retention, RetentionRule } from "./types/retention.d.ts";
export type { Compose, Environment, LocalService } from "./types/environment.d.ts";
export type { TrustedSigner, EvidenceRule, PolicyFile } from "./types/policy.d.ts";

/** What the repository's sources say of themselves. */
export interface Facts {
  /** Full commit id, "unknown" outside git. */
  readonly revision: string;
  /** The tag that names this commit. */
  readonly version: string;
  readonly branch: string;
}

/** `"10s"`, `"500ms"`, `"2m"`, `"7d"` or seconds. */
export type Duration = string | number;

/** A way to start the image that must come up, answer and stop. */
export interface Service {
  name: string;
  /** In place of CMD. */
  args?: string[];
  env?: Record<string, string>;
  /**
   * `path` is `/` and `status` 200 unless it is said, `body` a text that it contains. The image's HEALTHCHECK must pass as
   * well, if it has one.
   */
  http?: { port: number; path?: string; status?: number; body?: string };
  /** Default 10 s. */
  healthyWithin?: Duration;
  /** After the image's STOPSIGNAL. Default 5 s. */
  stopsWithin?: Duration;
}

/** A way to start the image that must be refused. */
export interface Reject {
  name: string;
  args: string[];
  /** Default 1. */
  exitCode?: number;
}

/** A command that must end well before anything is built. */
export interface Test {
  name: string;
  /** Program and arguments; a text is for `sh -c`. */
  run: string | string[];
  /** Beside the config. Default `.`. */
  cwd?: string;
  /** Beside the environment that seaworthy itself has, less what publishes (GITHUB_TOKEN and its like). */
  env?: Record<string, string>;
  /** Default 30 minutes. */
  timeout?: Duration;
  /** Runs again on a commit that passed before. Default `false`. */
  always?: boolean;
}

/** in-toto Statement v1. */
export interface Statement {
  readonly _type: "https://in-toto.io/Statement/v1" | "https://in-toto.io/Statement/v0.1";
  readonly subject: readonly { readonly name?: string; readonly digest: { readonly sha256: string } }[];
  readonly predicateType: string;
  readonly predicate: unknown;
}

/** What a policy decides by. */
export interface PolicyFacts {
  readonly name: string;
  readonly version: string;
  readonly digest: string;
  readonly source: {
    readonly revision?: string;
    readonly branch?: string;
    readonly tag?: string;
    readonly defaultBranch?: string;
    readonly dirty: boolean;
    readonly url?: string;
  };
  readonly platforms: readonly {
    readonly platform: string;
    readonly digest: string;
    /** Compressed bytes. */
    readonly size: number;
    readonly layers: readonly number[];
    /** `config` of the OCI image config. */
    readonly config: {
      readonly User?: string;
      readonly Env?: readonly string[];
      readonly Entrypoint?: readonly string[];
      readonly Cmd?: readonly string[];
      readonly Labels?: Readonly<Record<string, string>>;
      readonly ExposedPorts?: Readonly<Record<string, object>>;
      readonly WorkingDir?: string;
    };
  }[];
  /** About the digest and its platforms. */
  readonly evidence: readonly Statement[];
  readonly predicates: (predicateType: string) => readonly unknown[];
  readonly previous?: { readonly version: string; readonly digest: string };
}

/** What is wrong, each a line for people; nothing lets it pass. A policy that throws refuses. */
export type PolicyAnswer = string | readonly string[] | undefined | void;

export interface Policy {
  name: string;
  check: (facts: PolicyFacts) => PolicyAnswer | Promise<PolicyAnswer>;
}

/** The variable that holds a secret. Where it is not set, the entry is left out, with a warning. */
export interface FromEnvironment {
  env: string;
}

/** `recovery` is a success after the last run on the branch failed. */
export type Outcome = "success" | "failure" | "recovery";

/** Posts JSON. */
export interface WebhookNotifier {
  kind: "webhook";
  /** https, or http of this machine. */
  url: string | FromEnvironment;
  headers?: Record<string, string | FromEnvironment>;
  /** Key of the signature in `x-hub-signature-256`; without it there is none. */
  secret?: FromEnvironment;
  /** Default: all. */
  on?: Outcome[];
}

/** An incoming webhook of Slack, or of what takes its form. */
export interface SlackNotifier {
  kind: "slack";
  url: string | FromEnvironment;
  /** Default: all. */
  on?: Outcome[];
}

export interface EmailNotifier {
  kind: "email";
  host: string;
  /** Default 587, with `implicit` 465. */
  port?: number;
  /** Default `starttls`. */
  tls?: "starttls" | "implicit" | "none";
  user?: string;
  password?: FromEnvironment;
  from: string;
  to: string[];
  /** Default: all. */
  on?: Outcome[];
}

/** Commit status and deployment of the repository in GITHUB_REPOSITORY, from their start on. */
export interface GitHubNotifier {
  kind: "github";
  /** Default GITHUB_TOKEN. */
  token?: FromEnvironment;
  /** Default true; needs `statuses: write`. */
  status?: boolean;
  /** Default true; needs `deployments: write`, and an environment to deploy to. */
  deployment?: boolean;
}

export type Rating = "critical" | "high" | "medium" | "low";

/** A finding that somebody answers for. */
export interface Exception {
  /** Any of its names: `CVE-2021-44228`, `GHSA-…`. */
  id: string;
  /** Name or package URL of the package it is about. Default: any. */
  package?: string;
  reason: string;
  /** Who answers for it. */
  owner: string;
  /** `2026-12-31`, the last day on which it holds, in UTC. An expired one counts as absent. */
  expires: string;
}

/** How images are scanned for known vulnerabilities, and what is refused. */
export interface Scan {
  /** Where advisories are: `<source>/<ecosystem>/all.zip`. Default: OSV's. */
  source?: string;
  /** A folder with them, in place of a network; for Trivy its cache. */
  offline?: string;
  /** Older data is refused. Default `"7d"` since the source was asked; offline `"30d"` since the youngest advisory. */
  maxAge?: Duration;
  /** Where the catalogue of what is exploited is. Default: CISA's. */
  exploited?: string;
  failOn?: {
    /** This and worse. Default `high`. */
    severity?: Rating;
    /** Only what another version is free of. Default `true`. */
    fixable?: boolean;
    /** What nobody has rated counts as. Default `high`. */
    unrated?: Rating;
    /** What is known to be exploited, whatever else is said of it. Default `false`. */
    exploited?: boolean;
    /** Days that a finding may stay after it was published. Default 0. */
    graceDays?: number;
    /** Images in which a file could not be read. Default `false`: it is told. */
    unread?: boolean;
  };
  exceptions?: Exception[];
  /** OpenVEX documents. */
  vex?: string[];
  /** Trivy in place of the built-in scanner: this program and no other. */
  trivy?: { path: string; sha256: string; version: string; databases?: string[] };
}

/** seaworthy.config.ts. Every field may be left out. */
export interface Config {
  /**
   * Repository, with or without a registry, without tag; upper case is read as lower case. Default: the folder's name,
   * in the embedded registry.
   */
  image?: string;
  /** Default `.`, beside the config. */
  context?: string;
  /** Default `Dockerfile` in the context. */
  dockerfile?: string;
  target?: string;
  /** `linux/amd64`; default: this machine's. */
  platforms?: string[];
  args?: Record<string, string>;
  /** How often a RUN is run again whose last lines say that the network failed it for the moment. Default 2. */
  build?: { retries?: number };
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  /** Names in FROM that are assembled from packages instead of pulled. */
  bases?: Readonly<Record<string, DebianBase>>;
  /**
   * How tags come about. Default: the table of `seaworthy tags`. `latest` moves with the default branch, or with the
   * newest stable release, or not at all; `rules` and `flavor` are docker/metadata-action's, in place of the table.
   */
  tags?: {
    latest?: "default-branch" | "stable" | false;
    rules?: string | string[];
    flavor?: string | string[];
  };
  /** Run before the build, one after the other; what stands in a list of its own runs side by side. */
  tests?: (Test | Test[])[];
  /** What an image must do before it may be published. Default: it starts and stays up. */
  verify?: { services?: Service[]; rejects?: Reject[]; allowRoot?: boolean };
  /** Compressed bytes of a platform: at most `max`, and grown at most so much (`"10%"`, `"5MB"`) since the last release. */
  size?: { max?: number | string; growth?: string };
  /** Refuse secrets in the sources, before the build, and in every layer of the image. Default `false`. */
  secrets?: boolean;
  /** Functions of the evidence that may refuse the image. */
  policies?: Policy[];
  /** Known vulnerabilities: scanned and judged by a release where it is said, `{}` for the defaults. */
  scan?: Scan;
  /** The embedded registry. Default port 5000. */
  registry?: { port?: number };
  /** In place of what apt and npm of this machine use. */
  mirrors?: { debian?: string[]; debianSecurity?: string[]; npm?: string[] };
  /** Whether RUN steps trust the certificates that this machine trusts. Default `host`. */
  trust?: "host" | "none";
  /** Who is told how a run ended. Default: nobody. What goes wrong there fails no release. */
  notify?: (WebhookNotifier | SlackNotifier | EmailNotifier | GitHubNotifier)[];
  /**
   * Who signs images and evidence: a key (a file, a variable that holds it, or a plug-in), the identity of the CI job, or
   * both: then the key signs where authority or log cannot be reached.
   */
  sign?: {
    key?: string | { env: string } | SigningKey;
    /** `true` is the public sigstore. Of one's own nothing is asked that is not named. */
    keyless?: true | { fulcio: string; rekor?: string; tsa?: string };
    /** Of one's own sigstore: tells what was signed before. */
    trustedRoot?: string;
    /** Publish without signatures where nobody could sign. Default `false`. */
    publishUnsigned?: boolean;
    /** Also at the tag `sha256-….sig`, as cosign did before version 3. Default `false`. */
    tagScheme?: boolean;
  };
  /** Where images are deployed to, by name. */
  environments?: Record<string, Environment>;
  /** The environment that a release goes to by itself, other than in CI. */
  deploy?: string;
  /** What `seaworthy clean` keeps. */
  retention?: Retention;
}

/** A private key, wherever it is kept: what a plug-in for a key management service is. */
export interface SigningKey {
  /** PEM, `PUBLIC KEY`. */
  readonly publicKey: string;
  /** An ECDSA signature (P-256, SHA-256) over these bytes, as DER. */
  sign(message: Uint8Array, signal?: AbortSignal): Promise<Uint8Array>;
}

/** A config, or a function of the facts that gives one. */
export type ConfigExport = Config | ((facts: Facts) => Config | Promise<Config>);

/** Gives editors the type; changes nothing. */
export function defineConfig(config: ConfigExport): ConfigExport;

/** Gives editors the type; changes nothing. */
export function definePolicy(policy: PolicyFile): PolicyFile;

/** Files taken out of one npm package, whose scripts never run. Made by `npmFiles`. */
export interface NpmSource {
  /** One package for all platforms, or one for each. */
  readonly name: string | Readonly<Record<"amd64" | "arm64", string>>;
  readonly version: string;
  readonly files: Readonly<Record<string, string>>;
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
  /** Packages that are not installed though others depend on them: those that only maintainer scripts call. */
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

/** A base image to be assembled. Made by `debian()`. */
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

/** A base image assembled from Debian packages and files of npm packages. */
export function debian(options: DebianOptions): DebianBase;

/** Files out of an npm package: `npmFiles("npm", "11.21.2", { ".": "/usr/local/lib/node_modules/npm" })`. */
export function npmFiles(
  name: NpmSource["name"],
  version: string,
  files: NpmSource["files"],
  options?: { readonly mode?: number },
): NpmSource;

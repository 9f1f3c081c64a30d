import { formatPlatform } from "@seaworthy/oci";
import type { Platform } from "@seaworthy/oci";
import type { Archive, OnDebianEvent } from "../archive/archive.ts";
import type { DebianArch, DebianBase } from "../base.ts";
import { DebianError } from "../error.ts";
import type { BasesLock, LockedBase, LockedPackage, LockedRelease } from "../lock/lock.ts";
import { resolveNpm } from "../npm/resolve-npm.ts";
import { DEBIAN_KEYRING } from "../release/keyring.ts";
import type { Keyring } from "../release/keyring.ts";
import { readRelease, suitesOf } from "../release/read-release.ts";
import type { Suite, Trust } from "../release/read-release.ts";
import type { ReleaseFile } from "../release/release-file.ts";
import { closure } from "./closure.ts";
import { PackageIndex } from "./package-index.ts";
import type { Candidate } from "./package-index.ts";
import { readIndex } from "./read-index.ts";

export interface ResolveOptions {
  /** The lock so far: no release file older than those it names is accepted. */
  readonly previous?: BasesLock;
  /** For `Valid-Until` and the life of keys. */
  readonly now?: Date;
  /** Who may sign. Default: Debian's own keys. */
  readonly keyring?: Keyring;
}

interface Loaded {
  readonly index: PackageIndex;
  readonly releases: readonly LockedRelease[];
}

/**
 * Looks up in signed archives what each base is made of on each platform. The only step that needs an index and
 * signatures; assembling needs the lock alone.
 * @throws DebianError of any code about archives, release files and packages
 */
export async function resolveBases(
  bases: Readonly<Record<string, DebianBase>>,
  platforms: readonly Platform[],
  archive: Archive,
  signal: AbortSignal,
  events?: OnDebianEvent,
  { previous, now = new Date(), keyring = DEBIAN_KEYRING }: ResolveOptions = {},
): Promise<BasesLock> {
  const loader = new SuiteLoader(
    archive,
    { keyring, now, accepted: acceptedReleases(previous) },
    signal,
    events,
  );
  const resolved: Record<string, Record<string, LockedBase>> = {};
  for (const [name, base] of Object.entries(bases)) {
    const byPlatform: Record<string, LockedBase> = (resolved[name] = {});
    for (const platform of platforms) {
      const arch = archOf(platform);
      const loaded = await loader.load(base, arch);
      const locked = await resolveBase(base, arch, loaded, archive, signal);
      byPlatform[formatPlatform(platform)] = locked;
      const packages = locked.packages.length + locked.npm.length;
      events?.({ kind: "resolved", base: name, platform: formatPlatform(platform), packages });
    }
  }
  return { version: 1, bases: resolved };
}

/** @throws DebianError `invalid-base` for anything but linux/amd64 and linux/arm64 */
function archOf({ os, architecture, variant }: Platform): DebianArch {
  if (os === "linux" && variant === undefined && (architecture === "amd64" || architecture === "arm64")) {
    return architecture;
  }
  const found = formatPlatform({ os, architecture, ...(variant !== undefined && { variant }) });
  throw new DebianError(
    "invalid-base",
    `assembled base: expected platform linux/amd64 or linux/arm64, found ${found}`,
    {
      hint: "take a base from a registry for this platform",
    },
  );
}

async function resolveBase(
  base: DebianBase,
  arch: DebianArch,
  { index, releases }: Loaded,
  archive: Archive,
  signal: AbortSignal,
): Promise<LockedBase> {
  const where = `${base.suite} ${arch}`;
  const chosen = closure(index, { packages: base.packages, omit: base.omit, where });
  return {
    suite: base.suite,
    requested: { packages: base.packages, omit: base.omit, components: base.components },
    releases,
    packages: chosen.map(toLocked),
    npm: await Promise.all(base.npm.map((source) => resolveNpm(source, arch, archive, signal))),
  };
}

function toLocked({ name, version, arch, archive, path, sha256, size, source }: Candidate): LockedPackage {
  return { name, version, arch, archive, path, sha256, size, ...(source !== undefined && { source }) };
}

/** The latest release file of each suite in a lock. */
function acceptedReleases(lock: BasesLock | undefined): ReadonlyMap<string, LockedRelease> {
  const accepted = new Map<string, LockedRelease>();
  const all = Object.values(lock?.bases ?? {}).flatMap((base) => Object.values(base));
  for (const release of all.flatMap(({ releases }) => releases)) {
    const known = accepted.get(release.suite);
    if (known === undefined || known.date < release.date) accepted.set(release.suite, release);
  }
  return accepted;
}

/** Reads each release file and index once, however many bases and platforms want it. */
class SuiteLoader {
  readonly #archive: Archive;
  readonly #trust: Trust;
  readonly #signal: AbortSignal;
  readonly #events: OnDebianEvent | undefined;
  readonly #releases = new Map<string, ReturnType<typeof readRelease>>();
  readonly #loaded = new Map<string, Promise<Loaded>>();

  constructor(archive: Archive, trust: Trust, signal: AbortSignal, events: OnDebianEvent | undefined) {
    this.#archive = archive;
    this.#trust = trust;
    this.#signal = signal;
    this.#events = events;
  }

  load({ suite, components }: DebianBase, arch: DebianArch): Promise<Loaded> {
    return once(this.#loaded, [suite, arch, ...components].join(" "), async () => {
      const releases: LockedRelease[] = [];
      const candidates: Candidate[] = [];
      for (const each of suitesOf(suite)) {
        const { release, locked } = await this.#release(each);
        releases.push(locked);
        for (const component of components)
          candidates.push(...(await this.#index(each, release, component, arch)));
      }
      return { index: new PackageIndex(candidates), releases };
    });
  }

  #release(suite: Suite): ReturnType<typeof readRelease> {
    return once(this.#releases, suite.name, () =>
      readRelease(suite, this.#archive, this.#trust, this.#signal, this.#events),
    );
  }

  #index(
    suite: Suite,
    release: ReleaseFile,
    component: string,
    arch: DebianArch,
  ): Promise<readonly Candidate[]> {
    return readIndex({ suite, release, component, arch }, this.#archive, this.#signal);
  }
}

function once<T>(known: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const found = known.get(key) ?? make();
  known.set(key, found);
  return found;
}

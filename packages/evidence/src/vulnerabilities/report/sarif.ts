import { createHash } from "node:crypto";
import { adviceFor, placeOf } from "../advice.ts";
import type { Finding } from "../finding.ts";
import type { Verdict } from "../gate/judge.ts";
import type { LayerOrigin } from "../origin.ts";
import type { Severity } from "../severity.ts";
import { compareText } from "../versions/order.ts";
import { oneLine } from "./one-line.ts";
import type { Scanned } from "./scanned.ts";

const SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/** GitHub rates alerts by this number where it is there: one a rating, where nobody has given a score. */
const NUMBERS: Readonly<Record<Severity, string>> = {
  critical: "9.5",
  high: "8.0",
  medium: "5.5",
  low: "2.0",
  unknown: "0.0",
};

export interface SarifOptions {
  /** Where alerts of layers without a known line are shown. */
  readonly file: string;
  /** Only what the gate refuses; otherwise all of it, and what somebody answers for is marked as suppressed. */
  readonly refusedOnly?: boolean;
}

/**
 * SARIF 2.1.0: a run with a category of its own for each platform. GitHub takes the last upload of a category for all
 * there is, so no two images or platforms may share one, and no tag may be in it.
 */
export function scanSarif(scans: readonly Scanned[], options: SarifOptions): object {
  return { $schema: SCHEMA, version: "2.1.0", runs: scans.map((scanned) => runOf(scanned, options)) };
}

function runOf(scanned: Scanned, { file, refusedOnly = false }: SarifOptions): object {
  const { image, report, judgement } = scanned;
  const verdicts = judgement.verdicts.filter(({ verdict }) => !refusedOnly || verdict === "refused");
  const rules = rulesOf(verdicts.map(({ finding }) => finding));
  return {
    tool: {
      driver: {
        name: "seaworthy",
        rules: rules.map(ruleOf),
        properties: { scanner: report.scanner, database: report.database },
      },
    },
    automationDetails: { id: `${categoryOf(image, report.platform)}/` },
    properties: { digest: report.digest },
    results: verdicts.map((verdict) => resultOf(verdict, scanned, rules, file)),
  };
}

/** Of uploads: stable over tags and versions. */
export function categoryOf(image: string, platform: string): string {
  return `seaworthy/${image}/${platform}`;
}

/** The worst of each id, in the order of ids. */
function rulesOf(findings: readonly Finding[]): readonly Finding[] {
  const byId = new Map<string, Finding>();
  // Findings come worst first.
  for (const finding of findings) if (!byId.has(finding.id)) byId.set(finding.id, finding);
  return [...byId.values()].toSorted((a, b) => compareText(a.id, b.id));
}

function ruleOf({ id, summary, url, score, severity, aliases, remarks }: Finding): object {
  const text = oneLine(summary, 500) || id;
  return {
    id,
    name: "VulnerablePackage",
    shortDescription: { text: `${id}: ${text}` },
    fullDescription: { text },
    helpUri: url,
    help: { text: `${text}\n${url}` },
    defaultConfiguration: { level: levelOf(severity) },
    properties: {
      "security-severity": score === undefined ? NUMBERS[severity] : score.toFixed(1),
      precision: remarks.includes("uncertain") ? "low" : "very-high",
      tags: ["security", "vulnerability", severity, ...remarks],
      aliases,
    },
  };
}

function resultOf(
  { finding, verdict, reason }: Verdict,
  { image, report, originOf }: Scanned,
  rules: readonly Finding[],
  file: string,
): object {
  const origin = originOf(finding.package.layer);
  return {
    ruleId: finding.id,
    ruleIndex: rules.findIndex(({ id }) => id === finding.id),
    level: levelOf(finding.severity),
    message: { text: messageOf(finding, origin, report.platform) },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: encodeURI(origin.line?.file ?? file) },
          region: { startLine: origin.line?.line ?? 1 },
        },
        logicalLocations: [{ fullyQualifiedName: finding.package.purl, kind: "module" }],
      },
    ],
    partialFingerprints: fingerprintsOf(finding, image, report.platform),
    ...(verdict === "excepted"
      ? { suppressions: [{ kind: "external", justification: oneLine(reason, 500) }] }
      : {}),
    properties: { verdict, purl: finding.package.purl },
  };
}

function messageOf(finding: Finding, origin: LayerOrigin, platform: string): string {
  const { package: found, fixedIn, id, summary } = finding;
  const fix = fixedIn === undefined ? "no fix is known" : `fixed in ${fixedIn}`;
  const text = [
    `${found.name} ${found.version} (${platform}, ${placeOf(origin)}): ${id}, ${fix}.`,
    summary.trim() === "" ? "" : `${oneLine(summary, 300).replace(/\.$/, "")}.`,
    `What to do: ${adviceFor(finding, origin)}.`,
  ];
  return text
    .map((line) => oneLine(line, 600))
    .filter((line) => line !== "")
    .join(" ");
}

/** SARIF has three levels; GitHub shows `security-severity` in their place. */
function levelOf(severity: Severity): "error" | "warning" | "note" {
  switch (severity) {
    case "critical":
    case "high":
      return "error";
    case "medium":
    case "unknown":
      return "warning";
    case "low":
      return "note";
  }
}

/**
 * The same while the package stays vulnerable: neither tag, nor digest, nor version, nor the line that brings it. Several
 * copies of a library are told apart by their place; a distribution has one of each package.
 */
function fingerprintsOf(
  { id, package: found }: Finding,
  image: string,
  platform: string,
): Readonly<Record<string, string>> {
  const { type, name, path } = found;
  const place = type === "deb" || type === "apk" || type === "rpm" ? "" : path;
  const parts = [categoryOf(image, platform), id, type, name, place];
  const hash = createHash("sha256").update(JSON.stringify(parts)).digest("hex");
  // GitHub compares the first one alone.
  return { primaryLocationLineHash: `${hash.slice(0, 16)}:1`, "seaworthy/v1": hash };
}

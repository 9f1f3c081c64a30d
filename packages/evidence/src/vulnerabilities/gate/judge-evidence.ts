import type { StoredImage } from "@seaworthy/oci";
import { EvidenceError } from "../../error.ts";
import type { Statement } from "../../statement.ts";
import { Foreign } from "../foreign.ts";
import { VULNERABILITIES_TYPE } from "../predicate/predicate.ts";
import { readPredicate } from "../predicate/read-predicate.ts";
import type { ScanReport } from "../scanner.ts";
import { type VulnerabilityResult, vulnerabilityResult } from "./gate-result.ts";
import { type Excuses, type Judgement, judge } from "./judge.ts";
import { type GateRules, rulesText } from "./rules.ts";

/** An image of one or more platforms, and what is known about it. */
export interface EvidenceSubject {
  /** Registry and repository, without tag. */
  readonly name: string;
  /** Of the index. */
  readonly digest: string;
  readonly images: readonly Pick<StoredImage, "manifest" | "platform">[];
  readonly evidence: readonly Statement[];
}

export interface JudgedPlatform {
  readonly result: VulnerabilityResult;
  /** What the result says in a line; missing where no scan is known that can be read. */
  readonly scan?: { readonly report: ScanReport; readonly judgement: Judgement };
}

/** An answer for each platform, by the last scan of it; one that nobody has scanned is refused. */
export function judgeEvidence(
  { name, digest, images, evidence }: EvidenceSubject,
  rules: GateRules,
  excuses: Omit<Excuses, "image">,
  now: number,
): readonly JudgedPlatform[] {
  return images.map(({ manifest, platform }) => {
    const report = lastScan(evidence, manifest.digest);
    if (report instanceof EvidenceError) return { result: unknown(platform, report.message, rules) };
    if (report === undefined) return { result: unknown(platform, "no scan of it is known", rules) };
    const image = { digests: [digest, manifest.digest], name };
    const judgement = judge(report, rules, { ...excuses, image }, now);
    return { result: vulnerabilityResult({ platform }, judgement, rules), scan: { report, judgement } };
  });
}

function lastScan(evidence: readonly Statement[], digest: string): ScanReport | EvidenceError | undefined {
  const scans = evidence.filter(
    ({ predicateType, subject }) =>
      predicateType === VULNERABILITIES_TYPE &&
      subject.some((about) => `sha256:${about.digest.sha256}` === digest),
  );
  try {
    const last = scans
      .map(({ predicate }) => ({ predicate, time: finishedAt(predicate, digest) }))
      .toSorted((a, b) => a.time - b.time)
      .at(-1);
    return last === undefined ? undefined : readPredicate(last.predicate, digest);
  } catch (error) {
    if (error instanceof EvidenceError) return error;
    throw error;
  }
}

function finishedAt(predicate: unknown, digest: string): number {
  const found = new Foreign(predicate, { code: "invalid-statement", what: `scan of ${digest}` });
  return Date.parse(found.field("metadata").field("scanFinishedOn").time());
}

function unknown(platform: string, found: string, rules: GateRules): VulnerabilityResult {
  return {
    name: `vulnerabilities ${platform}`,
    status: "refused",
    found,
    allowed: rulesText(rules),
    hint: 'run "seaworthy scan" to see what keeps it from being scanned',
  };
}

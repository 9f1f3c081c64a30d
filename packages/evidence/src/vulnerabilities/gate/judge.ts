import type { Finding } from "../finding.ts";
import type { ScanProblem, ScanReport } from "../scanner.ts";
import { compareSeverity } from "../severity.ts";
import { type Exception, isAbout, isExpired } from "./exception.ts";
import type { GateRules } from "./rules.ts";
import { type VexImage, lastWord } from "./vex.ts";
import type { VexStatement } from "./vex-document.ts";

/** What people have said about findings. */
export interface Excuses {
  readonly exceptions: readonly Exception[];
  readonly vex: readonly VexStatement[];
  readonly image: VexImage;
}

export interface Verdict {
  readonly finding: Finding;
  /** `excepted`: the rules refuse it, and somebody answers for it. */
  readonly verdict: "refused" | "passed" | "excepted";
  /** For people: why. */
  readonly reason: string;
}

export interface Judgement {
  readonly refused: boolean;
  /** In the report's order. */
  readonly verdicts: readonly Verdict[];
  /** What keeps the gate shut whatever was found. */
  readonly obstacles: readonly ScanProblem[];
  /** Those that would speak for a finding that is refused, had they not expired. */
  readonly expired: readonly Exception[];
}

const DAY = 24 * 3_600_000;

/** Decides by what is given alone: the same report may be judged again, by other rules or on another day. */
export function judge(report: ScanReport, rules: GateRules, excuses: Excuses, now: number): Judgement {
  const verdicts = report.findings.map((finding) => verdictOn(finding, rules, excuses, now));
  const obstacles = obstaclesOf(report, rules);
  const refused = verdicts.filter(({ verdict }) => verdict === "refused");
  const expired = excuses.exceptions.filter(
    (exception) => isExpired(exception, now) && refused.some(({ finding }) => isAbout(exception, finding)),
  );
  return { refused: refused.length + obstacles.length > 0, verdicts, obstacles, expired };
}

function obstaclesOf({ problems, database }: ScanReport, rules: GateRules): readonly ScanProblem[] {
  const found = problems.filter(({ kind }) => kind === "blind" || (kind === "unread" && rules.unread));
  if (!rules.exploited || database.exploited !== undefined) return found;
  const message = `${database.source} does not say what is exploited`;
  return found.length > 0 ? found : [{ kind: "blind", message, hint: "name a catalogue: scan.exploited" }];
}

function verdictOn(finding: Finding, rules: GateRules, excuses: Excuses, now: number): Verdict {
  const allowed = whyAllowed(finding, rules, now);
  if (allowed !== undefined) return { finding, verdict: "passed", reason: allowed };
  const excused = whyExcused(finding, excuses, now);
  if (excused !== undefined) return { finding, verdict: "excepted", reason: excused };
  return { finding, verdict: "refused", reason: whyRefused(finding, rules) };
}

/** Undefined where the rules refuse it. */
function whyAllowed(finding: Finding, rules: GateRules, now: number): string | undefined {
  const { fixedIn, remarks } = finding;
  const has = (remark: Finding["remarks"][number]): boolean => remarks.includes(remark);
  if (has("unimportant")) return "the distribution says that it does not affect its package";
  if (has("malicious") || (rules.exploited && finding.exploited === true)) return undefined;
  const severity = finding.severity === "unknown" ? rules.unrated : finding.severity;
  if (compareSeverity(severity, rules.severity) > 0) return `${severity}, less than ${rules.severity}`;
  // Where nothing could be compared, nobody looked for a fix.
  if (rules.fixable && fixedIn === undefined && !has("uncertain")) return "no fix is known";
  const age = now - Date.parse(finding.published ?? "");
  if (age >= 0 && age < rules.graceDays * DAY) {
    return `published ${Math.floor(age / DAY)} d ago, of ${rules.graceDays} d that are allowed`;
  }
  return undefined;
}

function whyExcused(finding: Finding, { exceptions, vex, image }: Excuses, now: number): string | undefined {
  const exception = exceptions.find((one) => isAbout(one, finding) && !isExpired(one, now));
  if (exception !== undefined) {
    return `${exception.owner}, until ${exception.expires}: ${exception.reason}`;
  }
  const word = lastWord(vex, finding, image);
  if (word?.status !== "not_affected" && word?.status !== "fixed") return undefined;
  const status = word.status.replace("_", " ");
  return `VEX of ${word.author}: ${status}${word.why === "" ? "" : `, ${word.why}`}`;
}

function whyRefused({ severity, exploited, remarks, fixedIn }: Finding, rules: GateRules): string {
  const words = [
    ...(severity === "unknown" ? [`not rated, counts as ${rules.unrated}`] : [severity]),
    ...(rules.exploited && exploited === true ? ["exploited"] : []),
    ...remarks,
    ...(fixedIn === undefined ? [] : [`fixed in ${fixedIn}`]),
  ];
  return words.join(", ");
}

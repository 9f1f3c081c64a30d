import type { CollectedEvidence } from "./collected.ts";
import { conditionOf } from "./conditions.ts";
import { describeEvidence } from "./describe.ts";
import { describeAge } from "./age.ts";
import type { Decision, EvidenceRule, TrustedSigner } from "./policy.ts";
import { describeMaker, describeTrusted } from "./trusted.ts";

export interface Question {
  readonly rule: EvidenceRule;
  readonly title: string;
  readonly subject: string;
  readonly trusted: readonly TrustedSigner[];
  readonly now: Date;
}

/** Clocks of two machines differ by no more, milliseconds. */
const SKEW = 5 * 60_000;

/** One requirement about one digest, from the evidence of its kind. */
export function decideEvidence(there: readonly CollectedEvidence[], question: Question): Decision {
  const { title, subject, trusted } = question;
  const part = { requirement: title, subject };
  const counted = there.filter((one) => describeMaker(one, trusted) !== undefined);
  if (counted.length === 0) {
    const expected = `signed by ${trusted.map(describeTrusted).join(" or ")}`;
    const found = there.length === 0 ? "none" : there.map(describeEvidence).join("; ");
    return { ...part, status: "missing", found, expected, hint: "release it again with sign in the config" };
  }
  const answers = latest(counted).map((evidence) => ({ ...part, ...judge(evidence, question) }));
  return answers.find(({ status }) => status !== "met") ?? answers[0]!;
}

/** The newest word counts: what was good may have been found bad since. What says no time may be the newest. */
function latest(evidence: readonly CollectedEvidence[]): readonly CollectedEvidence[] {
  const dated = evidence.filter(({ time }) => time !== undefined && time.from !== "label");
  const newest = Math.max(...dated.map(({ time }) => time!.at.getTime()));
  return evidence.filter((one) => !dated.includes(one) || one.time!.at.getTime() === newest);
}

type Judgement = Omit<Decision, "requirement" | "subject">;

function judge(evidence: CollectedEvidence, { rule, now, trusted }: Question): Judgement {
  const old = tooOld(evidence, rule.maxAge, now);
  if (old !== undefined) return old;
  const condition = conditionOf(rule, evidence.statement?.predicate);
  const who = describeMaker(evidence, trusted) ?? describeEvidence(evidence);
  if (condition === undefined) return { status: "met", found: who, expected: "to be there" };
  const { ok, found, expected, hint } = condition;
  return {
    status: ok ? "met" : "failed",
    found: `${found}, ${who}`,
    expected,
    ...(hint === undefined ? {} : { hint }),
  };
}

/** Only a time that somebody signed counts; undefined where it is young enough. */
function tooOld({ time }: CollectedEvidence, maxAge: number | undefined, now: Date): Judgement | undefined {
  const signed = time === undefined || time.from === "label" ? undefined : time;
  const age = signed === undefined ? undefined : now.getTime() - signed.at.getTime();
  if (age !== undefined && age < -SKEW) {
    return {
      status: "failed",
      found: `a time to come, ${signed!.at.toISOString()}`,
      expected: "a time that was",
    };
  }
  if (maxAge === undefined || (age !== undefined && age <= maxAge)) return undefined;
  return {
    status: "failed",
    found: age === undefined ? "no time that is signed" : `${describeAge(age)} old`,
    expected: `at most ${describeAge(maxAge)} old`,
    hint: "make it anew: rescan, or release again",
  };
}

import { type Descriptor, formatPlatform } from "@seaworthy/oci";
import type { CollectedEvidence, Collection } from "./collected.ts";
import { describeEvidence } from "./describe.ts";
import { decideEvidence } from "./decide-evidence.ts";
import { textAt } from "./foreign.ts";
import { KINDS, kindOf } from "./kinds.ts";
import type { Decision, EvidenceRule, Policy, TrustedSigner } from "./policy.ts";
import { describeMaker, describeTrusted } from "./trusted.ts";

/**
 * Whether an image is let through: one answer for each requirement and digest. All of them have to be `met`; a policy
 * that requires nothing lets nothing through.
 */
export function decide(collection: Collection, policy: Policy, now: Date): readonly Decision[] {
  const trusted = policy.signatures.flat();
  const decisions = [
    ...policy.signatures.flatMap((signers) => decideSignature(collection, signers)),
    ...policy.evidence.flatMap((rule) =>
      decideRule(collection, rule, { trusted: rule.signedBy ?? trusted, now }),
    ),
  ];
  return decisions.length > 0 ? decisions : [NOTHING];
}

const NOTHING: Decision = {
  requirement: "policy",
  subject: "image",
  status: "failed",
  found: "nothing required",
  expected: "at least one signature or piece of evidence",
};

export function isLetThrough(decisions: readonly Decision[]): boolean {
  return decisions.length > 0 && decisions.every(({ status }) => status === "met");
}

/** For whoever pulls the index and for whoever pulls a platform. */
function decideSignature(collection: Collection, signers: readonly TrustedSigner[]): readonly Decision[] {
  const expected = signers.map(describeTrusted).join(" or ");
  return collection.subjects.map((subject) => {
    const there = about(collection, subject, (one) => kindOf(one.predicateType)?.kind === "signature");
    const [maker] = there.flatMap((one) => describeMaker(one, signers) ?? []);
    const part = { requirement: "signature", subject: subjectName(collection, subject), expected };
    if (maker !== undefined) return { ...part, status: "met", found: maker };
    const hint = "sign it: seaworthy sign IMAGE";
    if (there.length === 0) return { ...part, status: "missing", found: "none", hint };
    return { ...part, status: "failed", found: there.map(describeEvidence).join("; "), hint };
  });
}

interface Against {
  readonly trusted: readonly TrustedSigner[];
  readonly now: Date;
}

/** What is about the image holds for all of it, where that is the kind's nature; else every platform needs its own. */
function decideRule(collection: Collection, rule: EvidenceRule, against: Against): readonly Decision[] {
  const { types, scope, title } = kindOfRule(rule);
  const answer = (subject: Descriptor): Decision =>
    decideEvidence(
      about(collection, subject, (one) => types.includes(one.predicateType) && concerns(rule, one)),
      { rule, title, subject: subjectName(collection, subject), ...against },
    );
  const [image, ...platforms] = collection.subjects;
  if (image === undefined) return [];
  if (scope === "image" || platforms.length === 0) return [answer(image)];
  if (scope === "each platform") return platforms.map(answer);
  const whole = answer(image);
  const each = platforms.map(answer);
  return whole.status !== "missing" || each.every(({ status }) => status === "missing") ? [whole] : each;
}

/** What became of it in another environment says nothing about this one. */
function concerns(rule: EvidenceRule, { statement }: CollectedEvidence): boolean {
  return rule.kind !== "deployment" || textAt(statement?.predicate, ["environment"]) === rule.environment;
}

function kindOfRule(rule: EvidenceRule): {
  readonly title: string;
  readonly types: readonly string[];
  readonly scope: "image" | "each platform" | "either";
} {
  if (rule.kind === "statement") return { title: rule.type, types: [rule.type], scope: "either" };
  const found = KINDS.find(({ kind }) => kind === rule.kind);
  return { title: found?.title ?? rule.kind, types: found?.types ?? [], scope: found?.about ?? "either" };
}

function about(
  { evidence }: Collection,
  { digest }: Descriptor,
  fits: (one: CollectedEvidence) => boolean,
): readonly CollectedEvidence[] {
  return evidence.filter((one) => one.subject.digest === digest && fits(one));
}

function subjectName({ image }: Collection, { digest, platform }: Descriptor): string {
  return digest === image.digest || platform === undefined ? "image" : formatPlatform(platform);
}

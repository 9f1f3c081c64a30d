import { z } from "zod";
import { duration } from "./units.ts";

const text = z.string().min(1);
const pattern = text.refine(isPattern, "expected a regular expression");
const issuer = z.url();

const signer = z.union(
  [
    z.strictObject({ key: text }),
    z.strictObject({ identity: text, issuer }),
    z.strictObject({ identityPattern: pattern, issuer }),
  ],
  { error: "expected { key } or { identity, issuer } or { identityPattern, issuer }" },
);

/** Each of them; of a list in the list, one. */
const signedBy = z
  .array(z.union([signer, z.array(signer).min(1)], { error: "expected a signer or a list of them" }))
  .min(1)
  .transform((list) => list.map((one) => (Array.isArray(one) ? one : [one])));

const rule = { maxAge: duration.optional(), signedBy: z.array(signer).min(1).optional() };

const evidence = z.discriminatedUnion(
  "kind",
  [
    z.strictObject({ kind: z.literal("tests"), names: z.array(text).optional(), ...rule }),
    z.strictObject({ kind: z.literal("verify"), allowNotRun: z.boolean().optional(), ...rule }),
    z.strictObject({
      kind: z.literal("scan"),
      below: z.enum(["low", "medium", "high", "critical"]).optional(),
      ...rule,
    }),
    z.strictObject({
      kind: z.literal("provenance"),
      builder: text.optional(),
      builderPattern: pattern.optional(),
      source: z.url().optional(),
      ...rule,
    }),
    z.strictObject({ kind: z.literal("deployment"), environment: text, ...rule }),
    z.strictObject({ kind: z.enum(["sbom", "secrets", "record"]), ...rule }),
    z.strictObject({ kind: z.literal("statement"), type: z.url(), ...rule }),
  ],
  {
    error:
      'expected "tests", "verify", "scan", "provenance", "sbom", "secrets", "record", "deployment" or "statement"',
  },
);

/** seaworthy.policy.ts: what an image needs before it is let through. */
export const policySchema = z.strictObject({
  /** Names besides the one asked for that evidence may speak of: what a mirror holds names the original. */
  names: z.array(text).default([]),
  signedBy,
  evidence: z.array(evidence).default([]),
  /** What holds in one of them in place of the above. */
  environments: z
    .record(
      z.string(),
      z.strictObject({ signedBy: signedBy.optional(), evidence: z.array(evidence).optional() }),
    )
    .default({}),
});

export type PolicyInput = z.input<typeof policySchema>;
export type ParsedPolicy = z.output<typeof policySchema>;
export type ParsedSigner = z.output<typeof signer>;
export type ParsedRule = z.output<typeof evidence>;

function isPattern(source: string): boolean {
  try {
    return new RegExp(source, "u").source !== "";
  } catch {
    return false;
  }
}

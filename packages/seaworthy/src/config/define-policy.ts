import type { PolicyInput } from "./policy-schema.ts";

/** seaworthy.policy.ts: what an image needs before it is let through. */
export type PolicyFile = PolicyInput;

/** Gives editors the type; changes nothing. */
export function definePolicy(policy: PolicyFile): PolicyFile {
  return policy;
}

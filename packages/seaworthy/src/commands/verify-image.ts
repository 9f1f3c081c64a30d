import { resolve } from "node:path";
import { type Decision, collectEvidence, decide, isLetThrough, verifierOf } from "@seaworthy/evidence";
import { findPolicy, loadPolicy } from "../config/policy.ts";
import { CliError } from "../error.ts";
import type { Machine } from "../machine/machine.ts";
import { openProject } from "./context.ts";
import { withSubject } from "./open-subject.ts";
import { trustOf } from "./trust.ts";

export interface VerifyFlags {
  /** Default: seaworthy.policy.ts beside the config. */
  readonly policy?: string;
  readonly environment?: string;
  readonly trustedRoot?: string;
  readonly config?: string;
}

export interface Verdict {
  readonly reference: string;
  readonly letThrough: boolean;
  readonly decisions: readonly Decision[];
  /** What was passed over, a line each. */
  readonly problems: readonly string[];
}

/** Holds an image against a policy. What cannot be asked is an error, and nothing is let through. */
export async function runVerify(
  machine: Machine,
  text: string,
  flags: VerifyFlags,
  signal: AbortSignal,
): Promise<Verdict> {
  const project = await openProject(machine, flags.config);
  const file = flags.policy === undefined ? findPolicy(project.root) : resolve(machine.cwd, flags.policy);
  if (file === undefined) {
    throw new CliError("usage", "verify: there is no policy", {
      hint: "say --policy FILE, or put seaworthy.policy.ts beside the config",
    });
  }
  const { policy, names: others, keyOf } = await loadPolicy(file, flags.environment);
  const verifier = verifierOf(policy, keyOf, trustOf(machine, flags.trustedRoot));
  const opening = { config: flags.config, signal };
  return withSubject(machine, project, text, opening, async ({ names, repository, image, reference }) => {
    const expected = { verifier, names: [...names, ...others], signal };
    const collection = await collectEvidence(repository, image, expected);
    const decisions = decide(collection, policy, new Date());
    const problems = collection.problems.map(({ problem: { message } }) => message);
    return { reference, letThrough: isLetThrough(decisions), decisions, problems };
  });
}

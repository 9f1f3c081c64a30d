import { resolve } from "node:path";
import { collectEvidence, decide, isLetThrough, verifierOf } from "@seaworthy/evidence";
import type { Decide } from "@seaworthy/deploy";
import type { Repository } from "@seaworthy/oci";
import { loadPolicy } from "../config/policy.ts";
import type { Machine } from "../machine/machine.ts";
import type { Project } from "./context.ts";
import { namesOf } from "./open-subject.ts";
import { trustOf } from "./trust.ts";

export interface PolicyContext {
  readonly machine: Machine;
  readonly project: Project;
  readonly repository: Repository;
  readonly environment: string;
  /** Told of evidence that was passed over. */
  readonly warn: (message: string) => void;
  readonly signal: AbortSignal;
}

/** What an image lacks by the policy of an environment; nothing lets it pass by accident. */
export function decideBy(
  file: string,
  { machine, project, repository, environment, warn, signal }: PolicyContext,
): Decide {
  return async ({ name }, image) => {
    const { policy, names, keyOf } = await loadPolicy(resolve(project.root, file), environment);
    const verifier = verifierOf(policy, keyOf, trustOf(machine, undefined));
    const asked = { verifier, names: [...namesOf(name, project), ...names], signal };
    const collection = await collectEvidence(repository, image, asked);
    for (const { problem } of collection.problems) warn(`passed over ${problem.message}`);
    const decisions = decide(collection, policy, new Date());
    if (isLetThrough(decisions)) return [];
    return decisions
      .filter(({ status }) => status !== "met")
      .map(
        ({ requirement, subject, found, expected }) =>
          `${requirement} of ${subject}: found ${found}, expected ${expected}`,
      );
  };
}

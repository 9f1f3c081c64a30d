import type { Digest, Repository, SeaworthyError } from "@seaworthy/oci";
import { DEPLOYMENT_TYPE, type Deployment } from "../deployments/deployment.ts";
import { findDeployments } from "../deployments/find.ts";
import { Graph } from "./graph.ts";
import { inParallel } from "./in-parallel.ts";
import type { Survey } from "./survey.ts";

/** A digest and where it was taken to. */
export interface Deployed {
  readonly digest: Digest;
  readonly deployment: Deployment;
}

/** To each digest why it stays, for people. */
export type Reasons = ReadonlyMap<Digest, readonly string[]>;

/**
 * What is deployed, and the good versions before it that a rollback goes to, in every environment that there is evidence
 * of.
 */
export function neededBy(deployed: readonly Deployed[], rollbacks: number): Reasons {
  const reasons = new Map<Digest, string[]>();
  const healthy = deployed.filter(({ deployment }) => deployment.outcome === "healthy");
  for (const [environment, all] of Map.groupBy(healthy, ({ deployment }) => deployment.environment)) {
    const newestFirst = all.toSorted((a, b) => Date.parse(b.deployment.at) - Date.parse(a.deployment.at));
    const digests = [...new Set(newestFirst.map(({ digest }) => digest))];
    for (const [back, digest] of digests.slice(0, rollbacks + 1).entries()) {
      const why = back === 0 ? `deployed in ${environment}` : `rollback of ${environment}, ${back} back`;
      reasons.set(digest, [...(reasons.get(digest) ?? []), why]);
    }
  }
  return reasons;
}

export interface FoundDeployments {
  readonly deployed: readonly Deployed[];
  /** What is said to be deployed by evidence that cannot be read: it counts as needed. */
  readonly unclear: Reasons;
}

/**
 * Asks of those digests alone that have evidence which says so.
 * @param onProblem told of evidence that is broken
 */
export async function deploymentsIn(
  found: Survey,
  repository: Repository,
  {
    onProblem,
    signal,
  }: { readonly onProblem: (problem: SeaworthyError) => void; readonly signal: AbortSignal },
): Promise<FoundDeployments> {
  const graph = new Graph(found);
  const deployed: Deployed[] = [];
  const unclear = new Map<Digest, readonly string[]>();
  const subjects = [...graph.present.keys()].filter((digest) => graph.has(digest, DEPLOYMENT_TYPE));
  await inParallel(subjects, async (digest) => {
    const broken = (problem: SeaworthyError): void => {
      onProblem(problem);
      unclear.set(digest, ["evidence of a deployment that cannot be read"]);
    };
    const deployments = await findDeployments(repository, { digest }, { onProblem: broken, signal });
    deployed.push(...deployments.map((deployment) => ({ digest, deployment })));
  });
  return { deployed, unclear };
}

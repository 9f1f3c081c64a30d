import type { Descriptor, Repository, SeaworthyError } from "@seaworthy/oci";
import { eachStatement } from "@seaworthy/evidence";
import { ReleaseError } from "../error.ts";
import { DEPLOYMENT_TYPE, type Deployment, isDeployment } from "./deployment.ts";

/** Of one digest: one that is deployed again and again has a few. */
const MAX_DEPLOYMENTS = 1_000;
/** Bytes. An honest one has a thousand. */
const MAX_DEPLOYMENT = 1 << 16;

export interface FindDeploymentsOptions {
  /** Told of what says it is a deployment and is none, which is passed over: anybody who may push may attach some. */
  readonly onProblem: (problem: SeaworthyError) => void;
  readonly signal: AbortSignal;
}

/** Where a digest was taken to, in no order. */
export async function findDeployments(
  repository: Repository,
  target: Pick<Descriptor, "digest">,
  { onProblem, signal }: FindDeploymentsOptions,
): Promise<readonly Deployment[]> {
  const found: Deployment[] = [];
  const bounds = { predicateType: DEPLOYMENT_TYPE, most: MAX_DEPLOYMENTS, largest: MAX_DEPLOYMENT };
  for await (const evidence of eachStatement(repository, target, { ...bounds, onProblem, signal })) {
    const { manifest, statement } = evidence;
    if (isDeployment(statement.predicate)) found.push(statement.predicate);
    else
      onProblem(
        new ReleaseError("invalid-record", `evidence ${manifest.digest}: is no record of a deployment`),
      );
  }
  return found;
}

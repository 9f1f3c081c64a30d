import type { Repository } from "@seaworthy/oci";
import type { Attach } from "@seaworthy/evidence";
import { type Deployment, deploymentStatement } from "@seaworthy/release";
import type { DeployRequest } from "./deploy.ts";
import type { Environment } from "./environment.ts";
import type { DeployedImage } from "./target.ts";

export interface Happened {
  readonly request: Pick<DeployRequest, "image" | "by" | "who">;
  readonly environment: Pick<Environment, "name" | "target">;
  readonly replaced?: DeployedImage | undefined;
  readonly problem?: string;
  /** RFC 3339. */
  readonly at: string;
}

/** What came of it, as evidence on the digest. */
export async function recordDeployment(
  repository: Repository,
  { request: { image, by, who }, environment: { name, target }, replaced, problem, at }: Happened,
  { attach, signal }: { readonly attach: Attach; readonly signal: AbortSignal },
): Promise<void> {
  const descriptor = await repository.resolve(image.digest, signal);
  if (descriptor === undefined) return;
  const deployment: Deployment = {
    environment: name,
    target: { kind: target.kind, where: target.where },
    version: image.version,
    at,
    outcome: problem === undefined ? "healthy" : "failed",
    by,
    who,
    ...(replaced === undefined ? {} : { replaced: replaced.digest }),
    ...(problem === undefined ? {} : { problem }),
  };
  // One for each environment and time: deploying again is another deployment.
  const key = `${name} ${at}`;
  await attach(repository, descriptor, deploymentStatement(descriptor, image.name, deployment), {
    key,
    signal,
  });
}

import type { Descriptor } from "@seaworthy/oci";
import { type Statement, statementAbout } from "@seaworthy/evidence";
import { isObject, isOneOf, isOptional, isText } from "../shape.ts";

export const DEPLOYMENT_TYPE = "https://seaworthy.dev/deployment/v1";

/** What came of taking a digest to an environment. Attached to the index that was deployed. */
export interface Deployment {
  /** As the config names it. */
  readonly environment: string;
  /** What kind of place it is, and where: `kubernetes`, `production/web`. */
  readonly target: { readonly kind: string; readonly where: string };
  readonly version: string;
  /** RFC 3339, when it had come to its end. */
  readonly at: string;
  /** `failed`: what was there before is there again, or nothing was. */
  readonly outcome: "healthy" | "failed";
  /** `rollback` goes to what was deployed before; `promote` to what runs in another environment. */
  readonly by: "deploy" | "rollback" | "promote";
  readonly who: string;
  /** Digest of what it took the place of. */
  readonly replaced?: string;
  readonly problem?: string;
}

const shape = isObject({
  environment: isText,
  target: isObject({ kind: isText, where: isText }),
  version: isText,
  at: isText,
  outcome: isOneOf("healthy", "failed"),
  by: isOneOf("deploy", "rollback", "promote"),
  who: isText,
  replaced: isOptional(isText),
  problem: isOptional(isText),
});

/** Foreign JSON as a deployment; its time is one, as they are sorted by it. */
export function isDeployment(value: unknown): value is Deployment {
  if (!shape(value)) return false;
  const { at } = value as Deployment;
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(at) && !Number.isNaN(Date.parse(at));
}

export function deploymentStatement(
  target: Pick<Descriptor, "digest">,
  name: string,
  deployment: Deployment,
): Statement<Deployment> {
  return statementAbout(target, { name, predicateType: DEPLOYMENT_TYPE, predicate: deployment });
}

import type { OciErrorCode } from "../error.ts";
import { isDigest } from "../digest.ts";
import { isReferrersTag } from "../document/referrer.ts";
import type { RegistryRequest } from "./transport.ts";

/** An answer that was not hoped for, as far as it tells what went wrong and what to do. */
export interface Refusal {
  readonly request: Pick<RegistryRequest, "method" | "url" | "scopes">;
  readonly status: number;
  /** Distribution spec, "Error Codes"; empty where the registry gives none. */
  readonly code: string;
  readonly message: string;
  /** Milliseconds, of `Retry-After`. */
  readonly wait: number | undefined;
  /** As in a reference: a token service and an API may be at other hosts than people know. */
  readonly registry: string;
  readonly loggedIn: boolean;
  /** Answered by whoever the registry redirected to. */
  readonly elsewhere: boolean;
}

/**
 * How registries say that a tag stays where it is. Their texts change, so only words that mean it count: ECR has 400
 * TAG_INVALID "… cannot be overwritten because the tag is immutable", Artifact Registry 400 MANIFEST_INVALID "… has
 * enabled tag immutability", Harbor 412 PRECONDITION "… configured as immutable", Nexus 400 "… does not allow updating
 * assets".
 */
const IMMUTABLE = /immutab|ImageTagAlreadyExists|cannot be overwritten|not allow updating/i;

function tagOf({ request: { method, url } }: Refusal): string | undefined {
  const reference = /\/manifests\/([^/]+)$/.exec(url.pathname)?.[1];
  return method === "PUT" && reference !== undefined && !isDigest(reference) ? reference : undefined;
}

function isImmutable(refusal: Refusal): boolean {
  const { status, code, message } = refusal;
  return status < 500 && tagOf(refusal) !== undefined && IMMUTABLE.test(`${code} ${message}`);
}

export function codeFor(refusal: Refusal): OciErrorCode {
  if (isImmutable(refusal)) return "tag-immutable";
  const { status } = refusal;
  if (status === 404) return "not-found";
  return status === 401 || status === 403 ? "unauthorized" : "registry";
}

export function hintFor(refusal: Refusal): string | undefined {
  const { status, registry, elsewhere } = refusal;
  if (elsewhere) return undefined;
  if (isImmutable(refusal)) return hintForTag(refusal);
  switch (status) {
    case 401:
      return hintForLogin(refusal);
    case 403:
      return hintForRights(refusal);
    case 404:
      // The first thing a push writes; later on it is an upload or a part that is not known.
      return refusal.request.method === "POST"
        ? `create the repository at ${registry} first, or check its name`
        : undefined;
    case 429:
      return hintForLimit(refusal);
    default:
      return undefined;
  }
}

function hintForTag(refusal: Refusal): string {
  const { registry } = refusal;
  return isReferrersTag(tagOf(refusal) ?? "")
    ? `except sha256-* from the rule by which ${registry} keeps tags immutable: such a tag lists what belongs to an image`
    : `release under a new version, or except the tags that move from the rule by which ${registry} keeps tags immutable`;
}

function login(registry: string): string {
  const inActions =
    registry === "ghcr.io" ? ", or in a workflow set env: GITHUB_TOKEN: ${{ github.token }}" : "";
  return `run "seaworthy login ${registry}"${inActions}`;
}

function hintForLogin({ registry, loggedIn }: Refusal): string {
  return loggedIn
    ? `the credentials for ${registry} are wrong or have expired: run "seaworthy login ${registry}" with new ones`
    : `${login(registry)}; some registries answer the same where a repository does not exist`;
}

function isPush({ request: { method, scopes = [] } }: Refusal): boolean {
  return method === "PUT" || method === "PATCH" || scopes.some((scope) => /[:,]push\b/.test(scope));
}

function hintForRights(refusal: Refusal): string {
  const { registry, loggedIn } = refusal;
  if (!loggedIn) return `${login(registry)}, as somebody who may do this`;
  if (!isPush(refusal)) return `give the user who is logged in at ${registry} the right to do this`;
  return registry === "ghcr.io"
    ? 'in a workflow: permissions "packages: write" for the job and, in the package\'s settings → Manage Actions access, the role Write for this repository; elsewhere: a token with write:packages'
    : `give the user who is logged in at ${registry} the right to push to this repository`;
}

function hintForLimit({ registry, loggedIn, wait }: Refusal): string {
  const more = loggedIn ? "" : `, or run "seaworthy login ${registry}" for a higher limit`;
  return wait === undefined
    ? `wait${more}`
    : `${registry} asks to wait ${Math.ceil(wait / 1000)} s: do so${more}`;
}

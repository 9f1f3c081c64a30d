import { Secret } from "@seaworthy/oci";
import { EvidenceError } from "../../error.ts";

/** An OpenID token that says who runs this, fresh for each signature. @throws EvidenceError `identity-token` */
export type IdentityToken = (signal?: AbortSignal) => Promise<Secret>;

const AUDIENCE = "sigstore";
const MAX_ANSWER = 64 << 10;
const PATIENCE = 10_000;

/**
 * The token of this CI run: asked of GitHub Actions, or found in `SIGSTORE_ID_TOKEN`, which GitLab CI and others set.
 * Undefined where there is none.
 */
export function ciIdentityToken(
  env: Readonly<Record<string, string | undefined>>,
): IdentityToken | undefined {
  const given = env["SIGSTORE_ID_TOKEN"];
  if (given !== undefined && given !== "") return () => Promise.resolve(new Secret(given.trim()));
  const url = env["ACTIONS_ID_TOKEN_REQUEST_URL"];
  const token = env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"];
  if (url === undefined || token === undefined) return undefined;
  return (signal) => askGitHub(url, new Secret(token), signal);
}

/** GitHub, "About security hardening with OpenID Connect". */
async function askGitHub(url: string, bearer: Secret, signal: AbortSignal | undefined): Promise<Secret> {
  const address = new URL(url);
  address.searchParams.set("audience", AUDIENCE);
  const where = `identity token of ${address.host}`;
  const stop = AbortSignal.any([AbortSignal.timeout(PATIENCE), ...(signal === undefined ? [] : [signal])]);
  const headers = { authorization: `Bearer ${bearer.reveal()}`, accept: "application/json" };
  let response: Response;
  try {
    response = await fetch(address, { headers, signal: stop, redirect: "error" });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new EvidenceError("signing-unavailable", `${where}: no answer`, { cause, retryable: true });
  }
  const text = await response.text();
  if (!response.ok) {
    throw new EvidenceError("identity-token", `${where}: ${response.status}`, {
      hint: "the job needs permissions: id-token: write",
    });
  }
  const value = text.length > MAX_ANSWER ? undefined : tokenIn(text);
  if (value === undefined) throw new EvidenceError("identity-token", `${where}: the answer holds no token`);
  return new Secret(value);
}

function tokenIn(text: string): string | undefined {
  try {
    const { value } = (JSON.parse(text) ?? {}) as { value?: unknown };
    return typeof value === "string" && value !== "" ? value : undefined;
  } catch {
    return undefined;
  }
}

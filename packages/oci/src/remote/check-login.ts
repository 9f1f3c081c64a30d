import { connectRegistry } from "./connect.ts";
import type { RemoteOptions } from "./connect.ts";
import { fixedCredential } from "./credentials.ts";
import type { Credential } from "./credentials.ts";
import { responseError } from "./response-error.ts";
import { discard } from "./transport.ts";
import type { RegistryRequest } from "./transport.ts";

/**
 * Whether a registry takes a credential: its "API Version Check", with a token for nothing in particular where it wants
 * one.
 * @returns false where it asks nobody for credentials, so that these were not looked at
 * @throws OciError `unauthorized`, `not-found`, `registry`, `network`, `invalid-reference`, `aborted`
 */
export async function checkLogin(
  registry: string,
  credential: Credential,
  options: Omit<RemoteOptions, "credentials" | "mountFrom"> = {},
): Promise<boolean> {
  const { signal } = options;
  const credentials = fixedCredential(credential);
  const name = { registry, repository: "" };
  const { endpoint, patient, login, retrying } = connectRegistry(name, { ...options, credentials });
  const request: RegistryRequest = { method: "GET", url: new URL("/v2/", endpoint), signal };
  const response = await patient.send(request);
  if (response.status !== 200) {
    throw await responseError(request, response, { login, now: retrying.clock.now() });
  }
  discard(response);
  return login.found;
}

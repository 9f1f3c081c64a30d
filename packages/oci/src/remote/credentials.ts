import type { Secret } from "../secret.ts";

/**
 * How to prove who is asking: a name and a password; a refresh token to be exchanged at the registry's token service;
 * or a token the registry itself accepts as it is.
 */
export type Credential =
  | { readonly kind: "basic"; readonly username: string; readonly password: Secret }
  | { readonly kind: "identity-token"; readonly token: Secret }
  | { readonly kind: "bearer"; readonly token: Secret };

/** Where credentials come from. Asked once per repository, and only when a registry wants some. */
export interface Credentials {
  /**
   * @param registry host and port as in a reference: `docker.io`, `localhost:5000`
   * @returns undefined where there are none, which means: anonymously
   */
  find(registry: string, repository: string, signal?: AbortSignal): Promise<Credential | undefined>;
}

export const anonymous: Credentials = { find: () => Promise.resolve(undefined) };

/** The same for every registry it is asked about: give it to one `remoteRepository` only. */
export function fixedCredential(credential: Credential): Credentials {
  return { find: () => Promise.resolve(credential) };
}

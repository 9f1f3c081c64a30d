import type { Repository } from "@seaworthy/oci";
import type { Machine } from "./machine.ts";

export interface Location {
  readonly registry: string;
  readonly repository: string;
}

/**
 * Registries with the credentials that this user's container tools have. The client is loaded with the first question:
 * a command that finds everything at hand does not pay for it.
 */
export function openRemote({ env }: Machine, signal: AbortSignal): (location: Location) => Repository {
  return (location) =>
    onFirstUse(async () => {
      const { credentialFiles, dockerCredentials, remoteRepository } = await import("@seaworthy/oci/remote");
      const credentials = dockerCredentials({ files: credentialFiles(env), environment: env });
      return remoteRepository(location, { credentials, signal });
    });
}

function onFirstUse(open: () => Promise<Repository>): Repository {
  let opened: Promise<Repository> | undefined;
  const repository = (): Promise<Repository> => (opened ??= open());
  return {
    has: async (...args) => (await repository()).has(...args),
    open: async (...args) => (await repository()).open(...args),
    put: async (...args) => (await repository()).put(...args),
    delete: async (...args) => (await repository()).delete(...args),
    async *list() {
      yield* (await repository()).list();
    },
    resolve: async (...args) => (await repository()).resolve(...args),
    tag: async (...args) => (await repository()).tag(...args),
    untag: async (...args) => (await repository()).untag(...args),
    tags: async (...args) => (await repository()).tags(...args),
    referrers: async (...args) => (await repository()).referrers(...args),
  };
}

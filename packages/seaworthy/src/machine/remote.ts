import type { Repository, RetryEvent } from "@seaworthy/oci";
import type { Credentials, RemoteOptions } from "@seaworthy/oci/remote";
import { ciCredentials } from "./ci-credentials.ts";
import type { Machine } from "./machine.ts";

/** Milliseconds. */
const NOTICED = 1000;

export interface Location {
  readonly registry: string;
  readonly repository: string;
}

/**
 * Registries with the credentials that this user's container tools have, else those that a CI hands to its jobs. The
 * client is loaded with the first question: a command that finds everything at hand does not pay for it.
 * @param warn told of waits that are long enough to be noticed
 */
export function openRemote(
  machine: Machine,
  signal: AbortSignal,
  warn: (message: string) => void = () => {},
): (location: Location) => Repository {
  let opened: Promise<(location: Location) => Repository> | undefined;
  const open = async (): Promise<(location: Location) => Repository> => {
    const { remoteRepository } = await import("@seaworthy/oci/remote");
    const options = await remoteOptions(machine, signal, warn);
    return (location) => remoteRepository(location, options);
  };
  return (location) => onFirstUse(async () => (await (opened ??= open()))(location));
}

/** With what the client of a registry is opened here. */
export async function remoteOptions(
  machine: Machine,
  signal: AbortSignal,
  warn: (message: string) => void,
): Promise<RemoteOptions> {
  const { registryAgent } = await import("@seaworthy/oci/remote");
  const onRetry = ({ reason, delay }: RetryEvent): void => {
    if (delay >= NOTICED) warn(`${reason}; asked again in ${(delay / 1000).toFixed(1)} s`);
  };
  return { credentials: await openCredentials(machine), http: registryAgent(machine.env), signal, onRetry };
}

/** What a user has set up goes before what is there by itself. */
export async function openCredentials({ env, home }: Machine): Promise<Credentials> {
  const { credentialFiles, dockerCredentials } = await import("@seaworthy/oci/remote");
  const own = dockerCredentials({ files: credentialFiles({ HOME: home, ...env }), environment: env });
  const given = ciCredentials(env);
  return {
    find: async (...asked) => (await own.find(...asked)) ?? given.find(...asked),
  };
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

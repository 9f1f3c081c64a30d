import type { Dispatcher } from "undici";
import { checkRepository } from "../reference.ts";
import { RETRY_POLICY, systemClock } from "../retry.ts";
import type { Clock, RetryEvent, RetryPolicy } from "../retry.ts";
import { authorizing } from "./authorize.ts";
import { RegistryClient } from "./client.ts";
import type { ClientParts } from "./client.ts";
import { anonymous } from "./credentials.ts";
import type { Credentials } from "./credentials.ts";
import { endpointOf, isLoopback } from "./endpoint.ts";
import type { Insecure } from "./endpoint.ts";
import { Login } from "./login.ts";
import { redirecting } from "./redirect.ts";
import { registryAgent } from "./registry-agent.ts";
import { retryTransport } from "./retry-transport.ts";
import { undiciTransport } from "./undici-transport.ts";

/** A repository of a registry; `Reference` fits. */
export interface RemoteName {
  /** Host, and port where it is not the usual: `docker.io`, `localhost:5000`. */
  readonly registry: string;
  readonly repository: string;
}

export interface RemoteOptions {
  /** Default: none are sent. */
  readonly credentials?: Credentials;
  /** Connections, best shared between repositories: see `registryAgent`. Default: an agent of its own, no proxy. */
  readonly http?: Dispatcher;
  /** Default `"auto"`: plain HTTP for loopback addresses, TLS for everything else. */
  readonly insecure?: Insecure;
  /** Repositories of the same registry where a blob to be put may be already; the registry then copies it itself. */
  readonly mountFrom?: readonly string[];
  readonly userAgent?: string;
  /** Ends everything that is under way, and the credential helpers asked for. */
  readonly signal?: AbortSignal;
  /** Told before each wait. */
  readonly onRetry?: (event: RetryEvent) => void;
  readonly retry?: Partial<RetryPolicy>;
  readonly clock?: Clock;
}

/** What stands under every operation at one registry, whatever its repository. */
export type RegistryConnection = Omit<ClientParts, "repository">;

/** @throws OciError `invalid-reference` */
export function connectRegistry(
  { registry, repository }: RemoteName,
  options: RemoteOptions,
): RegistryConnection {
  const {
    credentials = anonymous,
    http = registryAgent(),
    insecure = "auto",
    userAgent = "seaworthy",
  } = options;
  const { clock = systemClock, onRetry, signal } = options;
  const endpoint = endpointOf(registry, insecure);
  const plainHttpAllowed = (url: URL): boolean =>
    insecure === true || url.origin === endpoint.origin || (insecure === "auto" && isLoopback(url));
  const retrying = { policy: { ...RETRY_POLICY, ...options.retry }, clock, onRetry };
  const plain = redirecting(undiciTransport(http, userAgent), { plainHttpAllowed });
  const tokens = {
    transport: retryTransport(plain, retrying),
    clientId: "seaworthy",
    now: () => clock.now(),
    plainHttpAllowed,
  };
  const login = new Login({ registry, repository, credentials, signal });
  const hasty = authorizing(plain, { endpoint, login, tokens });
  return { endpoint, hasty, patient: retryTransport(hasty, retrying), retrying, login };
}

/** @throws OciError `invalid-reference` */
export function connect(name: RemoteName, options: RemoteOptions): RegistryClient {
  const { repository } = name;
  checkRepository(repository);
  return new RegistryClient({ ...connectRegistry(name, options), repository });
}

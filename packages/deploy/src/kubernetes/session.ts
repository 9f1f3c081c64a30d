import type { Clock } from "@seaworthy/oci";
import type { Api } from "./api/api.ts";

/** An environment in a cluster that we are connected to. */
export interface Session {
  readonly api: Api;
  readonly environment: string;
  readonly namespace: string;
  /** Context and namespace, for messages. */
  readonly where: string;
  readonly clock: Clock;
  readonly fetch: typeof fetch;
  readonly within: number;
  readonly hold: number;
  readonly interval: number;
}

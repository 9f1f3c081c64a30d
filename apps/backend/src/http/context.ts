import type { HttpBindings } from "@hono/node-server";
import type { Logger } from "pino";

/** What handlers find in Hono's context, in all eleven services. */
export interface AppEnv {
  Bindings: HttpBindings;
  Variables: {
    requestId: string;
    log: Logger;
    /** Aborts with a Fault when the client leaves or the service can wait no longer. */
    signal: AbortSignal;
    /** The name of the API key, or the client's address where the gateway is open. */
    caller?: string;
    /** The agent that the request is about, for logs and metrics. */
    agent?: string;
  };
}

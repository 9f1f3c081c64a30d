import type { Hono } from "hono";
import { methodNotAllowed } from "hono/method-not-allowed";
import { requestId } from "hono/request-id";
import { secureHeaders } from "hono/secure-headers";
import type { Logger } from "pino";

import type { Metrics } from "../process/metrics.ts";
import type { AppEnv } from "./context.ts";
import { Fault } from "./fault.ts";
import { answerError, answerFault } from "./answer-error.ts";
import type { InFlight } from "./in-flight.ts";
import { observe } from "./observe.ts";

/** What each of the eleven services is given when it starts. */
export interface ServiceParts {
  readonly name: string;
  readonly version: string;
  readonly revision: string;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly inFlight: InFlight;
}

/** Request ids, logs, metrics, safe headers and the one shape of errors: what all services share. */
export function installBase<App extends Hono<AppEnv>>(app: App, parts: ServiceParts): App {
  app.use(requestId({ limitLength: 128 }), observe(parts));
  // Whoever ends TLS in front of us decides about strict transport security.
  app.use(secureHeaders({ strictTransportSecurity: false }));
  app.use(
    methodNotAllowed({
      app,
      onMethodNotAllowed: (c, allow) => answerFault(notAllowed(c.req.method, allow), c),
    }),
  );
  app.notFound((c) => answerFault(new Fault("not_found", `no such page: ${c.req.path.slice(0, 200)}`), c));
  app.onError((error, c) => answerError(error, c, parts));
  app.get("/health", (c) => {
    const { name: service, version, revision } = parts;
    return c.json({ status: "ok", service, version, revision });
  });
  // Open without a key, like /health: Prometheus scrapes it from inside the network, and it holds counts only.
  app.get("/metrics", async (c) => {
    const text = await parts.metrics.registry.metrics();
    return c.body(text, 200, { "Content-Type": parts.metrics.registry.contentType });
  });
  return app;
}

function notAllowed(method: string, allow: readonly string[]): Fault {
  return new Fault("method_not_allowed", `${method} is not possible here, ${allow.join(", ")} is`, { allow });
}

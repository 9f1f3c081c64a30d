import { createMiddleware } from "hono/factory";
import { routePath } from "hono/route";
import type { Logger } from "pino";

import type { Metrics } from "../process/metrics.ts";
import type { AppEnv } from "./context.ts";
import type { InFlight } from "./in-flight.ts";

interface Observers {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly inFlight: InFlight;
}

/** Probes and scrapes arrive every few seconds for ever; they are logged at debug level. */
const quiet = new Set(["/health", "/ready", "/metrics"]);

/** Logs and measures each request when its last byte is out, and gives handlers their signal. */
export function observe({ log, metrics, inFlight }: Observers) {
  return createMiddleware<AppEnv>(async (c, next) => {
    const { outgoing } = c.env;
    const started = performance.now();
    const requestLog = log.child({ requestId: c.get("requestId") });
    c.set("log", requestLog);
    c.set("signal", inFlight.track(outgoing));
    metrics.requestsInFlight.inc();
    outgoing.once("close", () => {
      metrics.requestsInFlight.dec();
      const elapsed = performance.now() - started;
      // Only routes that exist become label values, whatever paths are tried.
      const route = routePath(c, -1);
      const known = route.endsWith("*") ? "unmatched" : route;
      const status = outgoing.writableFinished ? outgoing.statusCode : 499;
      metrics.requestSeconds.observe(
        { method: knownMethod(c.req.method), route: known, status },
        elapsed / 1_000,
      );
      requestLog[quiet.has(c.req.path) ? "debug" : "info"](
        {
          method: c.req.method,
          path: c.req.path.slice(0, 200),
          status,
          ms: Math.round(elapsed),
          caller: c.get("caller"),
          agent: c.get("agent"),
        },
        "request",
      );
    });
    if (inFlight.draining) c.header("Connection", "close");
    await next();
  });
}

function knownMethod(method: string): string {
  return ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].includes(method) ? method : "OTHER";
}

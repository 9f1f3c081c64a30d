import type { AddressInfo } from "node:net";
import type { Server } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

import { createAdaptorServer } from "@hono/node-server";
import type { Hono } from "hono";

import { StartError } from "../process/start-error.ts";
import type { AppEnv } from "./context.ts";
import type { InFlight } from "./in-flight.ts";

/** A listening server. */
export interface Listening {
  readonly port: number;
  /**
   * Stops accepting, lets requests finish for `drainMs`, then aborts what is left, gives it a moment to say
   * goodbye, and closes every connection. Resolves when the last one is gone.
   */
  drain(drainMs: number): Promise<void>;
}

/** How long an aborted request may take to send its last words. */
const goodbyeMs = 400;
const pollMs = 20;

export async function listen(
  app: Hono<AppEnv>,
  { host, port, inFlight }: { host: string; port: number; inFlight: InFlight },
): Promise<Listening> {
  const server = createAdaptorServer({
    fetch: app.fetch,
    // A client gets 10 s to send its headers and 30 s for the whole request; Node looks every 2 s.
    serverOptions: { headersTimeout: 10_000, requestTimeout: 30_000, connectionsCheckingInterval: 2_000 },
  }) as Server;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) => {
      reject(
        new StartError("listen", `cannot listen on ${host}:${port}: ${error.message}`, { cause: error }),
      );
    });
    server.listen(port, host, resolve);
  });
  const address = server.address() as AddressInfo;
  return { port: address.port, drain: (drainMs) => drain(server, inFlight, drainMs) };
}

async function drain(server: Server, inFlight: InFlight, drainMs: number): Promise<void> {
  inFlight.startDraining();
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  const idle = async (ms: number) => {
    const deadline = performance.now() + ms;
    while (inFlight.size > 0 && performance.now() < deadline) {
      await sleep(pollMs);
      // A connection that was busy when the server closed becomes idle later.
      server.closeIdleConnections();
    }
  };
  await idle(drainMs);
  if (inFlight.size > 0) {
    inFlight.abortAll();
    await idle(goodbyeMs);
  }
  server.closeAllConnections();
  await closed;
}

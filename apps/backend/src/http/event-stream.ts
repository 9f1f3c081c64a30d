import type { Context } from "hono";
import { accepts } from "hono/accepts";
import type { SSEStreamingApi } from "hono/streaming";

import type { AppEnv } from "./context.ts";
import { type Fault, toFaultBody } from "./fault.ts";

/** Proxies cut connections that say nothing for a minute; a comment line keeps them open. */
const heartbeatMs = 15_000;

/** The body's `stream` decides; without it, an Accept header that prefers text/event-stream. */
export function wantsEventStream(c: Context<AppEnv>, stream: boolean | undefined): boolean {
  if (stream !== undefined) return stream;
  const type = accepts(c, {
    header: "Accept",
    supports: ["application/json", "text/event-stream"],
    default: "application/json",
  });
  return type === "text/event-stream";
}

/** Headers that keep caches and proxies from holding events back. */
export function setEventStreamHeaders(c: Context<AppEnv>): void {
  c.header("Cache-Control", "no-store");
  c.header("X-Accel-Buffering", "no");
}

/** Writes heartbeats while the work runs; the returned function stops them. */
export function startHeartbeat(stream: SSEStreamingApi): () => void {
  const timer = setInterval(() => void stream.write(": keep-alive\n\n"), heartbeatMs);
  return () => clearInterval(timer);
}

/** One error as an event, in the shape that HTTP errors have. */
export function faultEvent(fault: Fault, requestId: string): { event: string; data: string } {
  return { event: "error", data: JSON.stringify(toFaultBody(fault, requestId)) };
}

import { getConnInfo } from "@hono/node-server/conninfo";
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";
import { rateLimiter } from "hono-rate-limiter";

import type { AppEnv } from "../http/context.ts";
import { Fault } from "../http/fault.ts";
import { matchApiKey, type ApiKey } from "./api-keys.ts";

const minuteMs = 60_000;

/** Lets a request in by its API key, or everybody where no key is configured; notes who calls. */
export function requireKey(keys: readonly ApiKey[]) {
  return createMiddleware<AppEnv>(async (c, next) => {
    c.set("caller", keys.length === 0 ? addressOf(c) : nameOfKey(keys, c));
    await next();
  });
}

/** Counts per caller within this process; refuses with Retry-After. Sends the RateLimit-* headers of the draft. */
export function limitRate(requestsPerMinute: number) {
  return rateLimiter<AppEnv>({
    windowMs: minuteMs,
    limit: requestsPerMinute,
    standardHeaders: "draft-6",
    keyGenerator: (c) => c.get("caller") ?? "",
    handler: (c) => {
      // The library sets this header only on the answer it makes itself.
      const retryAfter = c.res.headers.get("Retry-After") ?? String(minuteMs / 1_000);
      throw new Fault("rate_limited", `more than ${requestsPerMinute} requests a minute`, { retryAfter });
    },
  });
}

function nameOfKey(keys: readonly ApiKey[], c: Context<AppEnv>): string {
  const presented = c.req.header("x-api-key") ?? bearer(c.req.header("authorization"));
  if (!presented) {
    throw new Fault("key_missing", "expected an API key as Authorization: Bearer <key> or X-API-Key: <key>");
  }
  const name = matchApiKey(keys, presented);
  if (name === undefined) throw new Fault("key_refused", "this API key is not known");
  return name;
}

function bearer(header: string | undefined): string | undefined {
  return /^Bearer +([\x21-\x7e]+)$/i.exec(header ?? "")?.[1];
}

function addressOf(c: Context<AppEnv>): string {
  return getConnInfo(c).remote.address ?? "unknown";
}

import { Readable } from "node:stream";
import { type Dispatcher, request as undiciRequest } from "undici";
import { aborted, networkError } from "./network-error.ts";
import type { RegistryRequest, RegistryResponse, Transport } from "./transport.ts";

/** Milliseconds. A registry may hash a whole layer before it answers what was sent; a question is answered sooner. */
const ANSWER_WITHIN = { sent: 300_000, asked: 60_000 };
const SILENCE_WITHIN = 60_000;
const READ_AHEAD = { objectMode: false, highWaterMark: 2 * 1024 * 1024 };

function flatten(headers: Record<string, string | string[] | undefined>): Record<string, string> {
  const flat: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return flat;
}

/**
 * The innermost transport. undici follows no redirect and decodes no content encoding by itself, which is what content
 * addressed by digest needs.
 */
export function undiciTransport(dispatcher: Dispatcher, userAgent: string): Transport {
  return {
    async send(request: RegistryRequest): Promise<RegistryResponse> {
      const { method, url, headers, body, signal } = request;
      if (signal?.aborted === true) throw aborted(request, signal);
      const content = body === undefined ? undefined : watched(body.open());
      try {
        const answer = await undiciRequest(url, {
          dispatcher,
          method,
          headers: {
            "user-agent": userAgent,
            "accept-encoding": "identity",
            ...headers,
            ...(body === undefined ? {} : { "content-length": String(body.length) }),
          },
          // A stream reads ahead while the socket is written to, where undici itself would wait in between.
          body: content === undefined ? null : Readable.from(content.bytes, READ_AHEAD).on("error", () => {}),
          highWaterMark: READ_AHEAD.highWaterMark,
          signal: signal ?? null,
          headersTimeout: ANSWER_WITHIN[body === undefined ? "asked" : "sent"],
          bodyTimeout: SILENCE_WITHIN,
          // undici ends the connection of each HEAD, in case of servers that send a body all the same. Registries do not,
          // and are asked for a thousand tags.
          reset: false,
        });
        const { statusCode: status, headers: flat } = { ...answer, headers: flatten(answer.headers) };
        if (method !== "HEAD") return { status, headers: flat, url, body: answer.body };
        // The content-length of an answer to HEAD is that of a body which does not come.
        answer.body.resume();
        return { status, headers: flat, url, body: Readable.from([]) };
      } catch (error) {
        // The fault of the content is the cause, what the connection says is its echo.
        if (content?.fault !== undefined) throw content.fault;
        throw networkError(request, error);
      }
    },
  };
}

interface Watched {
  readonly bytes: AsyncIterable<Uint8Array>;
  fault: unknown;
}

function watched(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Watched {
  async function* pass(): AsyncGenerator<Uint8Array> {
    try {
      yield* source;
    } catch (error) {
      state.fault = error;
      throw error;
    }
  }
  const state: Watched = { fault: undefined, bytes: pass() };
  return state;
}

import type { Descriptor } from "../descriptor.ts";
import { OciError } from "../error.ts";
import type { RegistryClient } from "./client.ts";
import { describeRequest } from "./network-error.ts";
import { ResponseError, waitOf } from "./response-error.ts";
import { Attempts } from "../retry.ts";
import { discard } from "./transport.ts";
import type { RegistryRequest, RegistryResponse } from "./transport.ts";
import { checkDigest, locationOf, pushScopes, withDigest } from "./upload-session.ts";

const OCTETS = "application/octet-stream";

/** Chunks of exactly `size` bytes, the last one as long as it is. Each is a buffer of its own. */
export async function* chunksOf(source: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let chunk = Buffer.allocUnsafe(size);
  let filled = 0;
  for await (const part of source) {
    let taken = 0;
    while (taken < part.length) {
      const count = Math.min(part.length - taken, size - filled);
      chunk.set(part.subarray(taken, taken + count), filled);
      filled += count;
      taken += count;
      if (filled < size) continue;
      yield chunk;
      chunk = Buffer.allocUnsafe(size);
      filled = 0;
    }
  }
  if (filled > 0) yield chunk.subarray(0, filled);
}

interface Session {
  location: URL;
  /** Bytes the registry has. */
  offset: number;
}

/** `Range: 0-<last>` of an answer about an upload; undefined where it says nothing. */
function received(response: RegistryResponse, hoped: number): number | undefined {
  const last = /^(?:bytes=)?0-(\d+)$/.exec(response.headers["range"] ?? "")?.[1];
  if (last === undefined) return undefined;
  // An upload without a byte is reported as 0-0, as is one with a single byte.
  return last === "0" && hoped !== 1 ? 0 : Number(last) + 1;
}

/** An upload in several requests: only the chunk under way is held, so it alone can be sent again. */
export class ChunkedUpload {
  readonly #client: RegistryClient;
  readonly #target: Descriptor;
  readonly #signal: AbortSignal | undefined;
  readonly #session: Session;

  constructor(client: RegistryClient, target: Descriptor, location: URL, signal: AbortSignal | undefined) {
    this.#client = client;
    this.#target = target;
    this.#signal = signal;
    this.#session = { location, offset: 0 };
  }

  async send(chunk: Uint8Array): Promise<void> {
    const start = this.#session.offset;
    const end = start + chunk.length;
    const attempts = new Attempts(this.#client.retrying);
    while (this.#session.offset < end) {
      try {
        await this.#patch(chunk.subarray(this.#session.offset - start));
      } catch (error) {
        if (!isPassing(error)) throw error;
        if (!(await attempts.again(error.message, waitOf(error), this.#signal))) throw error;
        await this.#ask(start, end);
      }
    }
  }

  async finish(): Promise<void> {
    const request: RegistryRequest = {
      ...this.#base("PUT", withDigest(this.#session.location, this.#target.digest)),
      body: { length: 0, open: () => [] },
    };
    const response = await this.#client.call(request, [201]);
    discard(response);
    checkDigest(request, response, this.#target.digest);
  }

  async #patch(chunk: Uint8Array): Promise<void> {
    const { offset } = this.#session;
    const end = offset + chunk.length;
    const request: RegistryRequest = {
      ...this.#base("PATCH", this.#session.location),
      headers: { "content-type": OCTETS, "content-range": `${offset}-${end - 1}` },
      body: { length: chunk.length, open: () => [chunk] },
    };
    const response = await this.#client.callOnce(request, [202, 204]);
    discard(response);
    this.#session.location = locationOf(this.#client, request, response);
    this.#session.offset = this.#within(request, received(response, end) ?? end, offset + 1);
  }

  /** After a fault: how much of the chunk arrived. */
  async #ask(start: number, end: number): Promise<void> {
    const request = this.#base("GET", this.#session.location);
    const response = await this.#client.call(request, [204, 404]);
    discard(response);
    if (response.status === 404) {
      throw new OciError("registry", `${describeRequest(request)}: the registry has forgotten the upload`, {
        hint: "put the content again",
        retryable: true,
      });
    }
    if (response.headers["location"] !== undefined) {
      this.#session.location = locationOf(this.#client, request, response);
    }
    this.#session.offset = this.#within(request, received(response, end) ?? start, start, end);
  }

  #within(request: RegistryRequest, offset: number, from: number, to = Number.MAX_SAFE_INTEGER): number {
    if (offset >= from && offset <= Math.min(to, this.#target.size)) return offset;
    throw new OciError(
      "registry",
      `${describeRequest(request)}: the registry holds ${offset} bytes of the upload`,
    );
  }

  #base(method: RegistryRequest["method"], url: URL): RegistryRequest {
    return { method, url, scopes: pushScopes(this.#client), signal: this.#signal };
  }
}

/** 416: the registry is not where we think it is, which asking will tell. */
function isPassing(error: unknown): error is OciError {
  return (
    error instanceof OciError && (error.retryable || (error instanceof ResponseError && error.status === 416))
  );
}

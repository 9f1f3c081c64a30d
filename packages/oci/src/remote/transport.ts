import type { Readable } from "node:stream";

export type Method = "GET" | "HEAD" | "PUT" | "POST" | "PATCH" | "DELETE";

/** A request body of known length. `open` starts it from its first byte each time it is called. */
export interface RequestBody {
  readonly length: number;
  open(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

export interface RegistryRequest {
  readonly method: Method;
  readonly url: URL;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RequestBody;
  /** What a token must allow, as `repository:acme/app:pull`. */
  readonly scopes?: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

export interface RegistryResponse {
  readonly status: number;
  /** Names in lower case; repeated headers joined by ", ". */
  readonly headers: Readonly<Record<string, string>>;
  /** Who answered, after redirects. */
  readonly url: URL;
  /** As sent: no content encoding is decoded. Whoever holds the response reads it to its end or discards it. */
  readonly body: Readable;
}

/**
 * One HTTP exchange. Redirects, authorisation and retries are transports around a transport. Every status is an answer
 * here; only what prevents one throws.
 * @throws OciError `network`, `aborted`
 */
export interface Transport {
  send(request: RegistryRequest): Promise<RegistryResponse>;
}

/** Frees the connection behind a response that nobody reads further. */
export function discard(response: RegistryResponse): void {
  // A body that is already here is read to its end, so that the connection is used again; a longer one is cut.
  response.body.on("error", () => {});
  const length = Number(response.headers["content-length"] ?? Number.NaN);
  if (length <= 64 * 1024) response.body.resume();
  else response.body.destroy();
}

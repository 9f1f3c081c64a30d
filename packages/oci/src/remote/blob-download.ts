import type { Descriptor } from "../descriptor.ts";
import { OciError } from "../error.ts";
import type { RegistryClient } from "./client.ts";
import { describeRequest, networkError } from "./network-error.ts";
import { Attempts } from "../retry.ts";
import { discard } from "./transport.ts";
import type { RegistryRequest, RegistryResponse } from "./transport.ts";

/** This much more of a blob, and earlier breaks no longer count. */
const PROGRESS = 1024 * 1024;

function requestFor(client: RegistryClient, { digest }: Descriptor, signal?: AbortSignal): RegistryRequest {
  return { method: "GET", url: client.url(`blobs/${digest}`), scopes: [client.scope("pull")], signal };
}

function checkLength(request: RegistryRequest, response: RegistryResponse, { size }: Descriptor): void {
  const announced = response.headers["content-length"];
  if (announced === undefined || Number(announced) === size) return;
  discard(response);
  throw new OciError(
    "size-mismatch",
    `${describeRequest(request)}: expected ${size} bytes, found ${announced}`,
  );
}

/** How many bytes of this answer were had before: 0 where the registry starts where it was asked to. */
function alreadyHad(request: RegistryRequest, response: RegistryResponse, offset: number): number {
  if (response.status === 200) return offset;
  const range = response.headers["content-range"] ?? "";
  const start = /^bytes (\d+)-/.exec(range)?.[1];
  if (start !== undefined && Number(start) === offset) return 0;
  discard(response);
  throw new OciError(
    "registry",
    `${describeRequest(request)}: expected a range from byte ${offset}, found ${JSON.stringify(range)}`,
  );
}

async function* withoutFirst(source: AsyncIterable<Uint8Array>, count: number): AsyncIterable<Uint8Array> {
  let left = count;
  for await (const chunk of source) {
    if (left >= chunk.length) left -= chunk.length;
    else {
      yield left === 0 ? chunk : chunk.subarray(left);
      left = 0;
    }
  }
}

/** Where a download stands across its connections. */
interface Progress {
  offset: number;
  /** At the last break. */
  mark: number;
}

async function* connections(
  client: RegistryClient,
  target: Descriptor,
  first: RegistryResponse,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const request = requestFor(client, target, signal);
  const attempts = new Attempts(client.retrying);
  const at: Progress = { offset: 0, mark: 0 };
  let response = first;
  for (;;) {
    const fault = yield* untilBroken(request, response, target, at);
    if (fault === undefined) return;
    if (!fault.retryable) throw fault;
    if (at.offset - at.mark >= PROGRESS) attempts.reset();
    at.mark = at.offset;
    if (!(await attempts.again(fault.message, undefined, signal))) throw fault;
    response = await resume(client, request, at.offset);
  }
}

function resume(client: RegistryClient, request: RegistryRequest, offset: number): Promise<RegistryResponse> {
  if (offset === 0) return client.call(request, [200]);
  return client.call({ ...request, headers: { range: `bytes=${offset}-` } }, [200, 206]);
}

async function* untilBroken(
  request: RegistryRequest,
  response: RegistryResponse,
  { size }: Descriptor,
  at: Progress,
): AsyncGenerator<Uint8Array, OciError | undefined> {
  const skip = alreadyHad(request, response, at.offset);
  try {
    for await (const chunk of withoutFirst(response.body as AsyncIterable<Uint8Array>, skip)) {
      at.offset += chunk.length;
      yield chunk;
    }
  } catch (error) {
    return networkError(request, error);
  }
  if (at.offset >= size) return undefined;
  const found = `${describeRequest(request)}: the connection ended after ${at.offset} of ${size} bytes`;
  return new OciError("network", found, { retryable: true });
}

/**
 * A blob, unverified. A connection that breaks is taken up again where it broke; the answer to the first request is
 * awaited before this returns, so that what is not there fails here.
 * @throws OciError `not-found`, `size-mismatch`, `unauthorized`, `registry`, `network`
 */
export async function downloadBlob(
  client: RegistryClient,
  target: Descriptor,
  signal?: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const request = requestFor(client, target, signal);
  const response = await client.call(request, [200]);
  checkLength(request, response, target);
  return connections(client, target, response, signal);
}

/** A blob of another size than it is to have is not there: putting it mends it, and opening it says so. */
export async function hasBlob(
  client: RegistryClient,
  { digest, size }: Descriptor,
  signal?: AbortSignal,
  scope = client.scope("pull"),
): Promise<boolean> {
  const { status, headers } = await client.call(
    { method: "HEAD", url: client.url(`blobs/${digest}`), scopes: [scope], signal },
    [200, 404],
  );
  const length = headers["content-length"];
  return status === 200 && (length === undefined || Number(length) === size);
}

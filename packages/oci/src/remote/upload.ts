import type { Bytes } from "../content-store.ts";
import type { Descriptor } from "../descriptor.ts";
import { OciError } from "../error.ts";
import { abortable } from "../stream/abortable.ts";
import { collect } from "../stream/limited.ts";
import { oneBehind } from "../stream/one-behind.ts";
import { verified } from "../stream/verified.ts";
import { hasBlob } from "./blob-download.ts";
import type { RegistryClient } from "./client.ts";
import { isReopenable } from "./reopenable.ts";
import { ResponseError, waitOf } from "./response-error.ts";
import { Attempts } from "../retry.ts";
import { discard } from "./transport.ts";
import type { RegistryRequest } from "./transport.ts";
import { ChunkedUpload, chunksOf } from "./upload-chunks.ts";
import type { UploadSession } from "./upload-session.ts";
import { checkDigest, pushScopes, startUpload, withDigest } from "./upload-session.ts";

/** What is held in memory of content that cannot be read twice. */
const HELD = 8 * 1024 * 1024;
const LONGEST_CHUNK = 64 * 1024 * 1024;

export interface UploadOptions {
  /** Repositories of the same registry that may have the blob already. */
  readonly mountFrom: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/** A fault of the content, which no new attempt at the registry will cure. */
class ContentFault extends Error {}

/** @throws OciError `digest-mismatch`, `size-mismatch`, `unauthorized`, `registry`, `network` */
export async function uploadBlob(
  client: RegistryClient,
  target: Descriptor,
  content: Bytes,
  options: UploadOptions,
): Promise<void> {
  const { mountFrom, signal } = options;
  const upload = new Upload(client, target, options);
  const session = await upload.start(mountFrom);
  if (session === undefined) return;
  try {
    if (isReopenable(content)) await upload.whole(session, content);
    else if (target.size <= HELD)
      await upload.whole(session, [await collect(checked(target, content, signal), HELD)]);
    else await upload.inChunks(session, content);
  } catch (error) {
    throw error instanceof ContentFault ? error.cause : error;
  }
}

async function* checked(
  target: Descriptor,
  content: Bytes,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  // What the reader throws does not come back in here, so this is a fault of the content.
  try {
    yield* oneBehind(verified(abortable(content, signal), target));
  } catch (error) {
    throw new ContentFault("content", { cause: error });
  }
}

class Upload {
  readonly #client: RegistryClient;
  readonly #target: Descriptor;
  readonly #options: UploadOptions;

  constructor(client: RegistryClient, target: Descriptor, options: UploadOptions) {
    this.#client = client;
    this.#target = target;
    this.#options = options;
  }

  /** Undefined where the registry has the blob, or takes it from another of its repositories. */
  async start(mountFrom: readonly string[]): Promise<UploadSession | undefined> {
    const { signal } = this.#options;
    const { digest } = this.#target;
    if (await hasBlob(this.#client, this.#target, signal, this.#client.scope("pull,push"))) return undefined;
    for (const from of mountFrom.slice(0, -1)) {
      if ((await startUpload(this.#client, digest, from, signal)) === undefined) return undefined;
    }
    return startUpload(this.#client, digest, mountFrom.at(-1), signal);
  }

  /** One streamed request; after a fault that may pass, a new upload from the first byte. */
  async whole(first: UploadSession, content: Bytes): Promise<void> {
    const attempts = new Attempts(this.#client.retrying);
    let session: UploadSession | undefined = first;
    // A new start finds the blob there where only the answer was lost.
    while (session !== undefined) {
      try {
        return await this.#put(session, content);
      } catch (error) {
        if (!isPassing(error)) throw error;
        if (!(await attempts.again(error.message, waitOf(error), this.#options.signal))) throw error;
      }
      session = await this.start([]);
    }
  }

  async inChunks(session: UploadSession, content: Bytes): Promise<void> {
    const { signal } = this.#options;
    const size = Math.min(Math.max(HELD, session.shortestChunk), LONGEST_CHUNK);
    const upload = new ChunkedUpload(this.#client, this.#target, session.location, signal);
    for await (const chunk of chunksOf(checked(this.#target, content, signal), size))
      await upload.send(chunk);
    await upload.finish();
  }

  async #put({ location }: UploadSession, content: Bytes): Promise<void> {
    const { digest, size } = this.#target;
    const request: RegistryRequest = {
      method: "PUT",
      url: withDigest(location, digest),
      headers: { "content-type": "application/octet-stream" },
      body: { length: size, open: () => checked(this.#target, content, this.#options.signal) },
      scopes: pushScopes(this.#client),
      signal: this.#options.signal,
    };
    const response = await this.#client.callOnce(request, [201]);
    discard(response);
    checkDigest(request, response, digest);
  }
}

/** 404 and 416: the registry has forgotten the upload, or part of it; a new one has to be opened. */
function isPassing(error: unknown): error is OciError {
  if (!(error instanceof OciError)) return false;
  return (
    error.retryable || (error instanceof ResponseError && (error.status === 404 || error.status === 416))
  );
}

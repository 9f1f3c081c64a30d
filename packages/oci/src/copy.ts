import pLimit from "p-limit";
import type { Bytes, ContentStore } from "./content-store.ts";
import type { Descriptor } from "./descriptor.ts";
import type { Digest } from "./digest.ts";
import { MAX_MANIFEST_BYTES } from "./document/read.ts";
import { parseIndex, parseManifest } from "./document/parse.ts";
import { OciError } from "./error.ts";
import { isDocumentType, isIndexType } from "./media-type.ts";
import { reopenable } from "./remote/reopenable.ts";
import { throwIfAborted } from "./stream/abortable.ts";
import { collect } from "./stream/limited.ts";

export interface CopyOptions {
  /** Blobs under way at the same time. Default 4. */
  readonly concurrency?: number;
  readonly signal?: AbortSignal;
  /** Told of each piece of content when it is done; `sent` is false where the destination had it. */
  readonly onBlob?: (target: Descriptor, sent: boolean) => void;
}

export interface CopyStats {
  /** Pieces of content, manifests included, and their bytes, that were sent. */
  readonly sent: number;
  readonly bytesSent: number;
  /** Pieces that the destination had already. */
  readonly skipped: number;
}

/** An index of indexes of indexes is no image. */
const MAX_DEPTH = 8;

/**
 * Copies a manifest or index with all it points at, children first, so that the destination never holds a manifest
 * whose parts are missing. Content the destination has is not sent again. What refers to the root (`subject`) is not
 * part of it. On failure the work under way is stopped and what was copied stays: running it again continues.
 * @throws OciError as the stores do; `invalid-manifest`
 */
export async function copyGraph(
  root: Descriptor,
  from: ContentStore,
  to: ContentStore,
  { concurrency = 4, signal, onBlob }: CopyOptions = {},
): Promise<CopyStats> {
  const stop = new AbortController();
  const both = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const copy = new Copy(from, to, { concurrency, signal: both, onBlob });
  try {
    await copy.graph(root, 0);
    return copy.stats;
  } catch (error) {
    stop.abort();
    await copy.settled();
    throwIfAborted(signal);
    throw error;
  }
}

interface Running {
  readonly concurrency: number;
  readonly signal: AbortSignal;
  readonly onBlob: CopyOptions["onBlob"];
}

class Copy {
  readonly #from: ContentStore;
  readonly #to: ContentStore;
  readonly #signal: AbortSignal;
  readonly #onBlob: CopyOptions["onBlob"];
  readonly #limit: ReturnType<typeof pLimit>;
  // A layer that both platforms share is one piece of work.
  readonly #done = new Map<Digest, Promise<void>>();
  #stats: CopyStats = { sent: 0, bytesSent: 0, skipped: 0 };

  constructor(from: ContentStore, to: ContentStore, { concurrency, signal, onBlob }: Running) {
    this.#from = from;
    this.#to = to;
    this.#signal = signal;
    this.#onBlob = onBlob;
    this.#limit = pLimit(concurrency);
  }

  get stats(): CopyStats {
    return this.#stats;
  }

  /** Ends when nothing is under way any more, failed or not. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#done.values());
  }

  graph(target: Descriptor, depth: number): Promise<void> {
    const running = this.#done.get(target.digest);
    if (running !== undefined) return running;
    const isDocument = isDocumentType(target.mediaType);
    const work = isDocument ? this.#document(target, depth) : this.#limit(() => this.#blob(target));
    this.#done.set(target.digest, work);
    return work;
  }

  async #document(target: Descriptor, depth: number): Promise<void> {
    if (depth > MAX_DEPTH) {
      throw new OciError("invalid-manifest", `${target.digest}: indexes nested more than ${MAX_DEPTH} deep`);
    }
    const bytes = await this.#limit(() => this.#read(target));
    const { children, subject } = linksOf(target, bytes);
    await Promise.all(children.map((child) => this.graph(child, depth + 1)));
    // With a subject it goes even where its bytes are there: putting it is what makes it a referrer.
    const always = subject !== undefined;
    await this.#limit(() => this.#send(target, () => Promise.resolve([bytes]), always));
  }

  async #read(target: Descriptor): Promise<Uint8Array> {
    throwIfAborted(this.#signal);
    const content = await this.#from.open(target, this.#signal);
    return await collect(content, MAX_MANIFEST_BYTES, `${target.mediaType} ${target.digest}`);
  }

  #blob(target: Descriptor): Promise<void> {
    return this.#send(target, () => this.#from.open(target, this.#signal));
  }

  async #send(target: Descriptor, open: () => Promise<Bytes>, always = false): Promise<void> {
    throwIfAborted(this.#signal);
    const held = await this.#to.has(target, this.#signal);
    if (!held || always) await this.#to.put(target, reopenable(open), this.#signal);
    const { sent, bytesSent, skipped } = this.#stats;
    this.#stats = held
      ? { sent, bytesSent, skipped: skipped + 1 }
      : { sent: sent + 1, bytesSent: bytesSent + target.size, skipped };
    this.#onBlob?.(target, !held);
  }
}

interface Links {
  readonly children: readonly Descriptor[];
  readonly subject: Descriptor | undefined;
}

function linksOf(target: Descriptor, bytes: Uint8Array): Links {
  const what = `${target.mediaType} ${target.digest}`;
  if (isIndexType(target.mediaType)) {
    const { manifests, subject } = parseIndex(bytes, what);
    return { children: manifests, subject };
  }
  const { config, layers, subject } = parseManifest(bytes, what);
  return { children: [config, ...layers], subject };
}

import type { Descriptor } from "../descriptor.ts";
import type { Digest } from "../digest.ts";
import type { Referrer } from "../document/referrer.ts";
import { Attempts } from "../retry.ts";
import type { RegistryClient } from "./client.ts";
import { ResponseError } from "./response-error.ts";

/** What a registry says of a manifest whose parts it does not know (distribution spec, "Error Codes"). */
const PART_UNKNOWN = new Set(["MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN", "MANIFEST_UNKNOWN"]);

type Signal = AbortSignal | undefined;
type Outcome<T> = { readonly value: T } | { readonly error: unknown };

interface TagState {
  /** Undefined where it was only read here. */
  readonly written?: Digest;
  readonly before: Digest | undefined;
}

/**
 * A registry made of several machines may not know for a moment what it has just been given. What was written through
 * this object is therefore asked for again, a bounded number of times; whatever else is missing is missing at once.
 */
export class Lag {
  readonly #client: RegistryClient;
  readonly #contents = new Set<string>();
  readonly #tags = new Map<string, TagState>();
  readonly #referrers: Referrer[] = [];

  constructor(client: RegistryClient) {
    this.#client = client;
  }

  wrote({ digest }: Descriptor, referrer?: Referrer): void {
    this.#contents.add(digest);
    if (referrer !== undefined) this.#referrers.push(referrer);
  }

  tagged(tag: string, written: Digest): void {
    const known = this.#tags.get(tag);
    this.#tags.set(tag, { written, before: known?.written ?? known?.before });
  }

  forget(reference: string): void {
    this.#contents.delete(reference);
    this.#tags.delete(reference);
    const at = this.#referrers.findIndex(({ descriptor }) => descriptor.digest === reference);
    if (at !== -1) this.#referrers.splice(at, 1);
  }

  /** Of a blob: whether it is there, or its opening. */
  blob<T>({ digest }: Descriptor, work: () => Promise<T>, signal: Signal): Promise<T> {
    return this.#patiently(`${digest} is not there yet`, work, signal, (outcome) => {
      const missing = "value" in outcome ? outcome.value === false : isResponse(outcome.error, 404);
      return missing && this.#contents.has(digest);
    });
  }

  manifest<T>(digest: Digest, read: () => Promise<T | undefined>, signal: Signal): Promise<T | undefined> {
    return this.#patiently(`${digest} is not there yet`, read, signal, (outcome) => {
      return "value" in outcome && outcome.value === undefined && this.#contents.has(digest);
    });
  }

  /** A tag that was written here and is missing, or points where it did before, was read too early. */
  async tag(
    tag: string,
    read: () => Promise<Descriptor | undefined>,
    signal: Signal,
  ): Promise<Descriptor | undefined> {
    const found = await this.#patiently(`${tag} is not moved yet`, read, signal, (outcome) => {
      const state = this.#tags.get(tag);
      if (state?.written === undefined || !("value" in outcome)) return false;
      const digest = outcome.value?.digest;
      return digest !== state.written && (digest === undefined || digest === state.before);
    });
    if (this.#tags.get(tag)?.written === undefined) this.#tags.set(tag, { before: found?.digest });
    return found;
  }

  /** The list of a subject's referrers, which holds at least those that were put here. */
  referrers(
    subject: Digest,
    artifactType: string | undefined,
    read: () => Promise<readonly Descriptor[]>,
    signal: Signal,
  ): Promise<readonly Descriptor[]> {
    const own = this.#referrers.filter(
      (referrer) =>
        referrer.subject === subject &&
        (artifactType === undefined || referrer.descriptor.artifactType === artifactType),
    );
    return this.#patiently(`what refers to ${subject} is not listed yet`, read, signal, (outcome) => {
      if (!("value" in outcome)) return false;
      const listed = new Set(outcome.value.map(({ digest }) => digest));
      return own.some(({ descriptor }) => !listed.has(descriptor.digest));
    });
  }

  /** Puts a manifest, of whose parts the registry may not know yet. */
  put<T>(bytes: Buffer, put: () => Promise<T>, signal: Signal): Promise<T> {
    return this.#patiently("a part of the manifest is not there yet", put, signal, (outcome) => {
      if ("value" in outcome || !(outcome.error instanceof ResponseError)) return false;
      return PART_UNKNOWN.has(outcome.error.said) && [...this.#contents].some((part) => bytes.includes(part));
    });
  }

  async #patiently<T>(
    reason: string,
    work: () => Promise<T>,
    signal: Signal,
    isEarly: (outcome: Outcome<T>) => boolean,
  ): Promise<T> {
    const attempts = new Attempts(this.#client.retrying);
    for (;;) {
      const outcome = await outcomeOf(work);
      const early = isEarly(outcome);
      if (early && (await attempts.again(`${this.#client.repository}: ${reason}`, undefined, signal)))
        continue;
      if ("value" in outcome) return outcome.value;
      throw outcome.error;
    }
  }
}

async function outcomeOf<T>(work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await work() };
  } catch (error) {
    return { error };
  }
}

function isResponse(error: unknown, status: number): boolean {
  return error instanceof ResponseError && error.status === status;
}

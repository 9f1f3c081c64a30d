import {
  type ContentStore,
  type Descriptor,
  type Digest,
  type Repository,
  SeaworthyError,
  formatPlatform,
  isIndexType,
  readIndex,
  readManifest,
} from "@seaworthy/oci";
import pLimit from "p-limit";
import { DAMAGED } from "./damaged.ts";
import { ReleaseError } from "./error.ts";
import type { Filed } from "./filed.ts";

export interface ReadBackOptions {
  /** Where everything came from. */
  readonly from: ContentStore;
  readonly to: Repository;
  /** What was put in this run. Where it is empty, nothing has changed since somebody read it all back. */
  readonly sent: ReadonlySet<Digest>;
  /** What was filed about the index and its images. */
  readonly evidence: readonly Filed[];
  /** Told how many bytes of how many have been read. */
  readonly onRead?: (done: number, total: number) => void;
  readonly signal: AbortSignal;
}

/** One object of the publish: `layer of linux/arm64`. */
interface Held {
  readonly name: string;
  readonly target: Descriptor;
  /** Whether to read it all. Else it is enough that it is there, with its size. */
  readonly whole: boolean;
}

/** Streams at once; each is hashed as it passes, and held nowhere. */
const READS = 4;
const QUESTIONS = 16;

/**
 * Compares what a registry holds with what it was given, as whoever pulls will get it. Documents, configs and evidence
 * are read whole, and so are the layers that were sent; of those that were there before, presence and size are asked
 * for. What was sent a moment ago may take a moment to be seen: that is the repository's to wait for.
 * @throws ReleaseError `publish-failed` naming the object, what was found and what was expected
 */
export async function readBack(root: Descriptor, options: ReadBackOptions): Promise<void> {
  const { to, sent, evidence, onRead, signal } = options;
  const objects = await objectsOf(root, options);
  const total = objects.reduce((sum, { target, whole }) => sum + (whole ? target.size : 0), 0);
  let done = 0;
  const advance = (bytes: number): void => onRead?.((done += bytes), total);
  const stop = new AbortController();
  const checks = { to, advance, signal: AbortSignal.any([signal, stop.signal]) };
  const [reads, questions] = [pLimit(READS), pLimit(QUESTIONS)];
  const work = objects.map((held) =>
    held.whole ? reads(() => read(held, checks)) : questions(() => ask(held, checks)),
  );
  if (sent.size > 0 && evidence.length > 0) {
    work.push(...bySubject(evidence).map(([subject, filed]) => checkListed(subject, filed, checks)));
  }
  try {
    await Promise.all(work);
  } catch (error) {
    stop.abort();
    await Promise.allSettled(work);
    throw error;
  }
}

interface Checks {
  readonly to: Repository;
  readonly advance: (bytes: number) => void;
  readonly signal: AbortSignal;
}

/** Each once, however many manifests share it. */
async function objectsOf(
  root: Descriptor,
  { from, sent, evidence, signal }: ReadBackOptions,
): Promise<readonly Held[]> {
  const changed = sent.size > 0;
  const objects = new Map<Digest, Held>();
  const add = (name: string, target: Descriptor, whole = changed): void => {
    if (!objects.has(target.digest)) objects.set(target.digest, { name, target, whole });
  };
  const addIndex = async (target: Descriptor, name: string): Promise<void> => {
    add(name, target);
    for (const child of (await readIndex(from, target, signal)).manifests) {
      const of = child.platform === undefined ? "an image" : formatPlatform(child.platform);
      if (isIndexType(child.mediaType)) await addIndex(child, `index of ${of}`);
      else await addImage(child, of);
    }
  };
  const addImage = async (target: Descriptor, of: string): Promise<void> => {
    const { config, layers } = await readManifest(from, target, signal);
    add(`manifest of ${of}`, target);
    add(`config of ${of}`, config);
    for (const layer of layers) add(`layer of ${of}`, layer, sent.has(layer.digest));
  };
  if (isIndexType(root.mediaType)) await addIndex(root, "index");
  else await addImage(root, "an image");
  for (const { manifest: target } of evidence) {
    const { config, layers } = await readManifest(from, target, signal);
    for (const part of [target, config, ...layers]) add("evidence", part);
  }
  return [...objects.values()];
}

async function read({ name, target }: Held, { to, advance, signal }: Checks): Promise<void> {
  signal.throwIfAborted();
  try {
    for await (const chunk of await to.open(target, signal)) advance(chunk.length);
  } catch (error) {
    throw blame(`${name} ${target.digest}`, error);
  }
}

/** Where the answer is no, reading says what is there instead. */
async function ask(held: Held, checks: Checks): Promise<void> {
  checks.signal.throwIfAborted();
  if (!(await checks.to.has(held.target, checks.signal))) await read(held, { ...checks, advance: () => {} });
}

function bySubject(evidence: readonly Filed[]): readonly (readonly [Digest, readonly Filed[]])[] {
  return [...Map.groupBy(evidence, ({ subject }) => subject.digest)];
}

async function checkListed(digest: Digest, filed: readonly Filed[], { to, signal }: Checks): Promise<void> {
  const listed = new Set((await to.referrers(digest, undefined, signal)).map((one) => one.digest));
  const missing = filed.filter(({ manifest }) => !listed.has(manifest.digest));
  if (missing.length === 0) return;
  const names = missing.map(({ manifest }) => manifest.digest).join(", ");
  throw lost(`evidence: expected ${names} among what refers to ${digest}, found ${listed.size} others`);
}

function blame(what: string, error: unknown): unknown {
  const damaged = error instanceof SeaworthyError && DAMAGED.has(error.code);
  return damaged ? lost(`${what}: ${error.message}`, error) : error;
}

function lost(message: string, cause?: unknown): ReleaseError {
  return new ReleaseError("publish-failed", `read back ${message}`, {
    ...(cause === undefined ? {} : { cause }),
    retryable: true,
    hint: "no tag was moved; run the release again, what was sent is not sent twice",
  });
}

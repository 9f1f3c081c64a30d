import { type Digest, type HeldContent, MAX_MANIFEST_BYTES, SeaworthyError } from "@seaworthy/oci";
import { ReleaseError } from "../error.ts";
import { RECORD_TYPE } from "../record.ts";
import { Graph } from "./graph.ts";
import { inParallel } from "./in-parallel.ts";
import { namesOf } from "./judge.ts";
import type { Links } from "./links.ts";
import type { Shelf, Version } from "./shelf.ts";
import { subjectOfTag } from "./tag-pattern.ts";

/** A version, and what it points at; undefined where it is named and not there. */
export interface Item extends Version {
  readonly links: Links | undefined;
}

/** A repository read whole. */
export interface Survey {
  readonly name: string;
  readonly items: ReadonlyMap<Digest, Item>;
  readonly contents?: readonly HeldContent[];
  readonly others: readonly Digest[];
  readonly dangling: readonly string[];
}

export interface SurveyOptions {
  /** What may be there besides, untagged: left by a run that was interrupted. */
  readonly also?: readonly Digest[];
  readonly signal: AbortSignal;
}

/** Readings of a repository that changes meanwhile. */
const TRIES = 4;
/** Nothing that people clean; a bound on memory, some hundred megabytes. */
const MOST = 250_000;

/**
 * Reads every manifest once, from what is listed down to the last child and out to the last referrer.
 * @throws ReleaseError `retention` naming the repository: what cannot be read whole is left alone
 */
export async function survey(
  shelf: Shelf,
  { also = [], signal }: SurveyOptions,
  tries = TRIES,
): Promise<Survey> {
  try {
    return await readWhole(shelf, also, signal);
  } catch (error) {
    if (!(error instanceof SeaworthyError) || error.code === "aborted") throw error;
    // Somebody else cleans at the same time: what was listed a moment ago may be gone, and is not listed again.
    if (error.code === "not-found" && tries > 1) return survey(shelf, { also, signal }, tries - 1);
    const { hint, retryable, message } = error;
    const text = `${shelf.name}: cannot be read whole, so nothing is deleted: ${message}`;
    throw new ReleaseError("retention", text, {
      cause: error,
      retryable,
      ...(hint === undefined ? {} : { hint }),
    });
  }
}

async function readWhole(shelf: Shelf, also: readonly Digest[], signal: AbortSignal): Promise<Survey> {
  const { versions, contents, others = [], dangling = [] } = await shelf.list(signal);
  const reader = new Reader(shelf, new Map(versions.map((version) => [version.digest, version])), signal);
  await reader.follow([...reader.listed.keys(), ...others, ...also]);
  // What nothing leads to may be a manifest all the same: an image without a tag.
  const known = new Map((contents ?? []).map((content) => [content.digest, content]));
  const loose = (contents ?? []).filter(
    ({ digest, size }) => size <= MAX_MANIFEST_BYTES && !reader.reached.has(digest),
  );
  await reader.follow(loose.map(({ digest }) => digest));
  const items = new Map<Digest, Item>();
  for (const [digest, links] of reader.read) {
    const version = reader.listed.get(digest);
    const at = version?.at ?? known.get(digest)?.usedAt;
    if (links === undefined && version === undefined && !reader.named.has(digest)) continue;
    items.set(digest, { digest, tags: [], ...version, ...(at === undefined ? {} : { at }), links });
  }
  if (shelf.dated !== undefined) await dateImages(shelf, items, signal);
  return { name: shelf.name, items, others, dangling, ...(contents === undefined ? {} : { contents }) };
}

/** Those with a tag of which nobody has told yet when they came. */
async function dateImages(shelf: Shelf, items: Map<Digest, Item>, signal: AbortSignal): Promise<void> {
  const graph = new Graph({ name: shelf.name, items, others: [], dangling: [] });
  const undated = [...graph.present.values()].filter(
    ({ tags, digest, at }) =>
      namesOf({ tags }).length > 0 && at === undefined && graph.recordedAt(digest) === undefined,
  );
  await inParallel(undated, async (item) => {
    const { digest, links } = item;
    const [child] = links.children;
    const config = (child === undefined ? item : graph.present.get(child))?.links.contents[0];
    const isRecorded = graph.has(digest, RECORD_TYPE);
    const at = await shelf.dated?.(
      { digest, isRecorded, ...(config === undefined ? {} : { config }) },
      signal,
    );
    if (at !== undefined) items.set(digest, { ...item, at });
  });
}

class Reader {
  readonly listed: ReadonlyMap<Digest, Version>;
  readonly read = new Map<Digest, Links | undefined>();
  /** By a manifest, which makes one that is missing a fault. */
  readonly named = new Set<Digest>();
  readonly reached = new Set<Digest>();
  readonly #texts = new Map<Digest, Digest>();
  readonly #shelf: Shelf;
  readonly #signal: AbortSignal;

  constructor(shelf: Shelf, listed: ReadonlyMap<Digest, Version>, signal: AbortSignal) {
    this.#shelf = shelf;
    this.listed = listed;
    this.#signal = signal;
  }

  async follow(start: readonly Digest[]): Promise<void> {
    let next = start;
    while (next.length > 0) {
      const fresh = [...new Set(next)].filter((digest) => !this.read.has(digest));
      if (this.read.size + fresh.length > MOST) {
        throw new ReleaseError("retention", `found more than ${MOST} manifests`);
      }
      next = (await inParallel(fresh, (digest) => this.#look(digest))).flat();
    }
  }

  async #look(digest: Digest): Promise<readonly Digest[]> {
    this.read.set(digest, undefined);
    this.reached.add(digest);
    const links = await this.#shelf.read(digest, this.#signal);
    const subjects = (this.listed.get(digest)?.tags ?? []).flatMap(subjectsOfTag);
    if (links === undefined) return subjects;
    this.read.set(digest, this.#withSharedTexts(links));
    for (const child of links.children) this.named.add(child);
    for (const content of links.contents) this.reached.add(content.digest);
    const referrers = (await this.#shelf.referrers?.(digest, this.#signal)) ?? [];
    const { subject } = links;
    return [...links.children, ...referrers, ...subjects, ...(subject === undefined ? [] : [subject])];
  }

  /** Layers are shared by thousands of images; each digest is kept once. */
  #withSharedTexts(links: Links): Links {
    const shared = (digest: Digest): Digest => {
      const known = this.#texts.get(digest);
      if (known === undefined) this.#texts.set(digest, digest);
      return known ?? digest;
    };
    return {
      ...links,
      children: links.children.map(shared),
      contents: links.contents.map(({ digest, size }) => ({ digest: shared(digest), size })),
    };
  }
}

function subjectsOfTag(tag: string): readonly Digest[] {
  const hex = subjectOfTag(tag);
  return hex === undefined ? [] : [`sha256:${hex}` as Digest];
}

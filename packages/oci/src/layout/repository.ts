import type { Bytes, Repository } from "../content-store.ts";
import type { Descriptor } from "../descriptor.ts";
import { digestOf, isDigest } from "../digest.ts";
import type { Digest } from "../digest.ts";
import { MAX_MANIFEST_BYTES, readIndex } from "../document/read.ts";
import {
  isReferrersTag,
  referrerOf,
  referrersIndex,
  referrersTag,
  sniffManifestType,
} from "../document/referrer.ts";
import type { Referrer } from "../document/referrer.ts";
import { OciError } from "../error.ts";
import { isDocumentType, MediaType } from "../media-type.ts";
import { checkTag } from "../reference.ts";
import { isNotFound, notFound, unlessGone } from "../store/not-found.ts";
import { throwIfAborted } from "../stream/abortable.ts";
import { collect } from "../stream/limited.ts";
import { verified } from "../stream/verified.ts";
import type { Blobs } from "./blobs.ts";
import { entryOf } from "./index-file.ts";
import type { Change, IndexEntry, IndexFile } from "./index-file.ts";

type Entries = readonly IndexEntry[];
type Later = Parameters<Change>[1];

/** Each time somebody else was faster. */
const MAX_ROUNDS = 100;

/** One name of a layout: tags are entries `name:tag` of index.json, content is shared with all other names. */
export class LayoutRepository implements Repository {
  readonly #name: string;
  readonly #blobs: Blobs;
  readonly #index: IndexFile;

  constructor(name: string, blobs: Blobs, index: IndexFile) {
    this.#name = name;
    this.#blobs = blobs;
    this.#index = index;
  }

  has(target: Descriptor, signal?: AbortSignal): Promise<boolean> {
    return this.#blobs.has(target, signal);
  }

  open(target: Descriptor, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    return this.#blobs.open(target, signal);
  }

  list(): AsyncIterable<{ readonly digest: Digest; readonly size: number }> {
    return this.#blobs.list();
  }

  async put(target: Descriptor, content: Bytes, signal?: AbortSignal): Promise<void> {
    if (!isDocumentType(target.mediaType)) return await this.#blobs.put(target, content, signal);
    if (target.size > MAX_MANIFEST_BYTES) {
      throw new OciError("too-large", `manifest ${target.digest}: longer than ${MAX_MANIFEST_BYTES} bytes`);
    }
    const held = await this.#blobs.has(target, signal);
    const source = held ? await this.#blobs.open(target, signal) : verified(content, target);
    const bytes = await collect(source, MAX_MANIFEST_BYTES);
    const referrer = referrerOf(target, bytes);
    await this.#blobs.put(target, [bytes], signal);
    if (referrer !== undefined) await this.#addReferrer(referrer, signal);
  }

  /**
   * Forgets this repository's tags on the target and its place among the referrers. The bytes go unless another entry
   * of the layout names them; what a manifest points at stays.
   */
  async delete(target: Descriptor, signal?: AbortSignal): Promise<void> {
    const referrer = isDocumentType(target.mediaType) ? await this.#referrerIn(target, signal) : undefined;
    await this.#index.update(async (entries, later) => {
      const mine = `${this.#name}:`;
      const isMine = ({ ref, target: found }: IndexEntry): boolean =>
        found.digest === target.digest && ref?.startsWith(mine) === true;
      let left: Entries = entries.filter((entry) => !isMine(entry));
      if (referrer !== undefined) left = await this.#withoutReferrer(left, referrer, later);
      later(() => this.#dropUnnamed(target, left));
      return left.length === entries.length && left.every((entry, at) => entry === entries[at])
        ? undefined
        : left;
    }, signal);
  }

  async resolve(reference: string, signal?: AbortSignal): Promise<Descriptor | undefined> {
    throwIfAborted(signal);
    if (isDigest(reference)) return await this.#resolveDigest(reference, signal);
    checkTag(reference);
    const found = this.#find(await this.#index.entries(), reference);
    return found === undefined ? undefined : plain(found.target);
  }

  async tag(target: Descriptor, tag: string, signal?: AbortSignal): Promise<void> {
    checkTag(tag);
    await this.#index.update(async (entries) => {
      if (!(await this.#blobs.has(target, signal))) throw notFound(target, this.#name);
      const old = this.#find(entries, tag)?.target;
      const same =
        old?.digest === target.digest && old.mediaType === target.mediaType && old.size === target.size;
      return same ? undefined : this.#replace(entries, tag, target);
    }, signal);
  }

  async untag(tag: string, signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    await this.#index.update(async (entries) => {
      return this.#find(entries, tag) === undefined ? undefined : this.#replace(entries, tag, undefined);
    }, signal);
  }

  async tags(signal?: AbortSignal): Promise<readonly string[]> {
    throwIfAborted(signal);
    const mine = `${this.#name}:`;
    const refs = (await this.#index.entries()).flatMap(({ ref }) =>
      ref?.startsWith(mine) === true ? [ref] : [],
    );
    const tags = refs.map((ref) => ref.slice(mine.length)).filter((tag) => !isReferrersTag(tag));
    return [...new Set(tags)].sort();
  }

  async referrers(
    subject: Digest,
    artifactType?: string,
    signal?: AbortSignal,
  ): Promise<readonly Descriptor[]> {
    const list = await this.#currentReferrers(subject, signal);
    return list.filter((item) => artifactType === undefined || item.artifactType === artifactType);
  }

  /** Read without a lock: where the list was replaced between index and list, there is a newer index to start from. */
  async #currentReferrers(subject: Digest, signal: AbortSignal | undefined): Promise<readonly Descriptor[]> {
    for (let round = 0; ; round++) {
      const entries = await this.#index.entries();
      try {
        return await this.#referrersIn(entries, subject, signal);
      } catch (error) {
        if (!isNotFound(error) || round === MAX_ROUNDS || entries === (await this.#index.entries()))
          throw error;
      }
    }
  }

  async #resolveDigest(digest: Digest, signal: AbortSignal | undefined): Promise<Descriptor | undefined> {
    const size = await this.#blobs.sizeOf(digest);
    if (size === undefined || size > MAX_MANIFEST_BYTES) return undefined;
    const unknown = { mediaType: MediaType.octets, digest, size };
    const bytes = await unlessGone(
      this.#blobs.open(unknown, signal).then((content) => collect(content, size)),
    );
    const mediaType = bytes && sniffManifestType(bytes);
    return mediaType === undefined ? undefined : { ...unknown, mediaType };
  }

  async #addReferrer({ subject, descriptor }: Referrer, signal: AbortSignal | undefined): Promise<void> {
    const isIn = (list: readonly Descriptor[]): boolean =>
      list.some(({ digest }) => digest === descriptor.digest);
    if (isIn(await this.referrers(subject, undefined, signal))) return;
    await this.#index.update(async (entries, later) => {
      const list = await this.#referrersIn(entries, subject, signal);
      if (isIn(list)) return undefined;
      return await this.#setReferrers(entries, { subject, list: [...list, descriptor] }, later);
    }, signal);
  }

  async #withoutReferrer(
    entries: Entries,
    { subject, descriptor }: Referrer,
    later: Later,
  ): Promise<Entries> {
    const list = await this.#referrersIn(entries, subject, undefined);
    const left = list.filter(({ digest }) => digest !== descriptor.digest);
    if (left.length === list.length) return entries;
    return await this.#setReferrers(entries, { subject, list: left }, later);
  }

  /** The list is an index like any other, under the fallback tag of the distribution spec. */
  async #setReferrers(
    entries: Entries,
    { subject, list }: { readonly subject: Digest; readonly list: readonly Descriptor[] },
    later: Later,
  ): Promise<Entries> {
    const tag = referrersTag(subject);
    const old = this.#find(entries, tag)?.target;
    let target: Descriptor | undefined;
    if (list.length > 0) {
      const bytes = referrersIndex(list);
      target = { mediaType: MediaType.index, digest: digestOf(bytes), size: bytes.length };
      await this.#blobs.put(target, [bytes]);
    }
    const changed = this.#replace(entries, tag, target);
    if (old !== undefined) later(() => this.#dropUnnamed(old, changed));
    return changed;
  }

  async #referrersIn(
    entries: Entries,
    subject: Digest,
    signal: AbortSignal | undefined,
  ): Promise<readonly Descriptor[]> {
    const found = this.#find(entries, referrersTag(subject))?.target;
    if (found === undefined) return [];
    return (await readIndex(this.#blobs, found, signal)).manifests;
  }

  async #referrerIn(target: Descriptor, signal: AbortSignal | undefined): Promise<Referrer | undefined> {
    if (!(await this.#blobs.has(target, signal))) return undefined;
    return referrerOf(target, await collect(await this.#blobs.open(target, signal), MAX_MANIFEST_BYTES));
  }

  async #dropUnnamed(target: Descriptor, entries: Entries): Promise<void> {
    if (entries.every((entry) => entry.target.digest !== target.digest)) await this.#blobs.delete(target);
  }

  #find(entries: Entries, tag: string): IndexEntry | undefined {
    const wanted = `${this.#name}:${tag}`;
    return entries.find(({ ref }) => ref === wanted);
  }

  #replace(entries: Entries, tag: string, target: Descriptor | undefined): Entries {
    const ref = `${this.#name}:${tag}`;
    const others = entries.filter((entry) => entry.ref !== ref);
    return target === undefined ? others : [...others, entryOf(ref, target)];
  }
}

function plain({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}

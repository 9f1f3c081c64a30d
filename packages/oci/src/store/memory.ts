import type { Bytes, Repository } from "../content-store.ts";
import type { Descriptor } from "../descriptor.ts";
import type { Digest } from "../digest.ts";
import { isDigest } from "../digest.ts";
import { MAX_MANIFEST_BYTES } from "../document/read.ts";
import { isReferrersTag, referrerOf, sniffManifestType } from "../document/referrer.ts";
import { OciError } from "../error.ts";
import { isDocumentType } from "../media-type.ts";
import { checkTag } from "../reference.ts";
import { abortable, throwIfAborted } from "../stream/abortable.ts";
import { verified } from "../stream/verified.ts";
import { notFound } from "./not-found.ts";

/** A repository that lives as long as the object: for tests, and for small things on their way elsewhere. */
export function memoryStore(): Repository {
  return new MemoryStore();
}

class MemoryStore implements Repository {
  readonly #contents = new Map<Digest, Buffer>();
  readonly #tags = new Map<string, Descriptor>();
  readonly #referrers = new Map<Digest, Map<Digest, Descriptor>>();

  async has({ digest, size }: Descriptor, signal?: AbortSignal): Promise<boolean> {
    throwIfAborted(signal);
    return this.#contents.get(digest)?.length === size;
  }

  async open(target: Descriptor, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    throwIfAborted(signal);
    const bytes = this.#contents.get(target.digest);
    if (bytes === undefined) throw notFound(target, "memory");
    // A copy: nobody may change what is stored.
    return abortable(verified([Buffer.from(bytes)], target), signal);
  }

  async put(target: Descriptor, content: Bytes, signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    const bytes = (await this.has(target))
      ? this.#contents.get(target.digest)!
      : await take(target, content, signal);
    const referrer = isDocumentType(target.mediaType) ? referrerOf(target, bytes) : undefined;
    this.#contents.set(target.digest, bytes);
    if (referrer === undefined) return;
    const list = this.#referrers.get(referrer.subject) ?? new Map<Digest, Descriptor>();
    this.#referrers.set(referrer.subject, list.set(target.digest, referrer.descriptor));
  }

  async delete({ digest }: Descriptor, signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    this.#contents.delete(digest);
    for (const [tag, target] of this.#tags) if (target.digest === digest) this.#tags.delete(tag);
    for (const list of this.#referrers.values()) list.delete(digest);
  }

  async *list(): AsyncGenerator<{ digest: Digest; size: number }> {
    for (const [digest, { length }] of this.#contents) yield { digest, size: length };
  }

  async resolve(reference: string, signal?: AbortSignal): Promise<Descriptor | undefined> {
    throwIfAborted(signal);
    if (!isDigest(reference)) {
      checkTag(reference);
      return this.#tags.get(reference);
    }
    const bytes = this.#contents.get(reference);
    if (bytes === undefined || bytes.length > MAX_MANIFEST_BYTES) return undefined;
    const mediaType = sniffManifestType(bytes);
    return mediaType === undefined ? undefined : { mediaType, digest: reference, size: bytes.length };
  }

  async tag({ mediaType, digest, size }: Descriptor, tag: string, signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    checkTag(tag);
    if (this.#contents.get(digest)?.length !== size) throw notFound({ mediaType, digest, size }, "memory");
    this.#tags.set(tag, { mediaType, digest, size });
  }

  async untag(tag: string, signal?: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    this.#tags.delete(tag);
  }

  async tags(signal?: AbortSignal): Promise<readonly string[]> {
    throwIfAborted(signal);
    return [...this.#tags.keys()].filter((tag) => !isReferrersTag(tag)).sort();
  }

  async referrers(
    subject: Digest,
    artifactType?: string,
    signal?: AbortSignal,
  ): Promise<readonly Descriptor[]> {
    throwIfAborted(signal);
    const list = [...(this.#referrers.get(subject)?.values() ?? [])];
    return list.filter((item) => artifactType === undefined || item.artifactType === artifactType);
  }
}

async function take(target: Descriptor, content: Bytes, signal: AbortSignal | undefined): Promise<Buffer> {
  if (isDocumentType(target.mediaType) && target.size > MAX_MANIFEST_BYTES) {
    throw new OciError("too-large", `manifest ${target.digest}: longer than ${MAX_MANIFEST_BYTES} bytes`);
  }
  const chunks: Uint8Array[] = [];
  // Copied at once, as its producer may use the buffer again.
  for await (const chunk of verified(abortable(content, signal), target)) chunks.push(Uint8Array.from(chunk));
  return Buffer.concat(chunks);
}

import type { Bytes, Repository } from "../content-store.ts";
import type { Descriptor } from "../descriptor.ts";
import type { Digest } from "../digest.ts";
import { MAX_MANIFEST_BYTES } from "../document/read.ts";
import { referrerOf } from "../document/referrer.ts";
import { OciError } from "../error.ts";
import { isIndexType, isManifestType } from "../media-type.ts";
import { checkTag } from "../reference.ts";
import { isDigest } from "../digest.ts";
import { notFound } from "../store/not-found.ts";
import { abortable } from "../stream/abortable.ts";
import { collect } from "../stream/limited.ts";
import { verified } from "../stream/verified.ts";
import { downloadBlob, hasBlob } from "./blob-download.ts";
import type { RegistryClient } from "./client.ts";
import { connect } from "./connect.ts";
import type { RemoteName, RemoteOptions } from "./connect.ts";
import { addFallback, removeFallback } from "./fallback-index.ts";
import { deleteAt, getManifest, headManifest, putManifest } from "./manifests.ts";
import type { StoredManifest } from "./manifests.ts";
import { listReferrers } from "./referrers.ts";
import { Attempts } from "./retry.ts";
import { listTags } from "./tags.ts";
import { uploadBlob } from "./upload.ts";

/**
 * A repository of an OCI registry, by distribution specification 1.1 and what registries do instead. Faults that pass
 * are retried within `options.retry`. `put` sends content that can be read again (see `reopenable`) once more after a
 * fault, holds small content in memory and sends large content that is spent after one reading in chunks. `list`
 * yields nothing: registries cannot list.
 * @throws OciError `invalid-reference`; each method also `unauthorized`, `registry`, `network`, `aborted`
 */
export function remoteRepository(name: RemoteName, options: RemoteOptions = {}): Repository {
  return new RemoteRepository(connect(name, options), options);
}

function isDocument({ mediaType }: Descriptor): boolean {
  return isManifestType(mediaType) || isIndexType(mediaType);
}

class RemoteRepository implements Repository {
  readonly #client: RegistryClient;
  readonly #mountFrom: readonly string[];
  readonly #signal: AbortSignal | undefined;
  /** Digests and tags this object has written: registries may answer 404 for them for a moment. */
  readonly #written = new Set<string>();

  constructor(client: RegistryClient, { mountFrom = [], signal }: RemoteOptions) {
    this.#client = client;
    this.#mountFrom = mountFrom;
    this.#signal = signal;
  }

  async has(target: Descriptor, signal?: AbortSignal): Promise<boolean> {
    const either = this.#either(signal);
    if (!isDocument(target)) return hasBlob(this.#client, target, either);
    return (await this.resolve(target.digest, signal)) !== undefined;
  }

  async open(target: Descriptor, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const either = this.#either(signal);
    if (!isDocument(target)) {
      return verified(abortable(await downloadBlob(this.#client, target, either), either), target);
    }
    const { bytes } = await this.#manifest(target, either);
    return verified([bytes], target);
  }

  async put(target: Descriptor, content: Bytes, signal?: AbortSignal): Promise<void> {
    const either = this.#either(signal);
    if (!isDocument(target)) {
      await uploadBlob(this.#client, target, content, { mountFrom: this.#mountFrom, signal: either });
      return;
    }
    const bytes = await collect(
      verified(abortable(content, either), target),
      MAX_MANIFEST_BYTES,
      `manifest ${target.digest}`,
    );
    const { mediaType, digest, size } = target;
    const referrer = referrerOf(target, bytes);
    const manifest = { descriptor: { mediaType, digest, size }, bytes };
    const listedUnder = await putManifest(this.#client, digest, manifest, either);
    this.#written.add(digest);
    if (referrer === undefined || listedUnder === referrer.subject) return;
    await addFallback(this.#client, referrer.subject, referrer.descriptor, either);
  }

  async delete(target: Descriptor, signal?: AbortSignal): Promise<void> {
    const either = this.#either(signal);
    const { digest } = target;
    if (!isDocument(target)) return deleteAt(this.#client, `blobs/${digest}`, either);
    const stored = await getManifest(this.#client, digest, either);
    if (stored === undefined) return;
    const referrer = referrerOf(stored.descriptor, stored.bytes);
    this.#written.delete(digest);
    await deleteAt(this.#client, `manifests/${digest}`, either);
    if (referrer !== undefined) await removeFallback(this.#client, referrer.subject, digest, either);
  }

  async *list(): AsyncGenerator<{ digest: Digest; size: number }> {}

  async resolve(reference: string, signal?: AbortSignal): Promise<Descriptor | undefined> {
    if (!isDigest(reference)) checkTag(reference);
    const either = this.#either(signal);
    return this.#settled(reference, () => headManifest(this.#client, reference, either), either);
  }

  async tag(target: Descriptor, tag: string, signal?: AbortSignal): Promise<void> {
    checkTag(tag);
    const either = this.#either(signal);
    await putManifest(this.#client, tag, await this.#manifest(target, either), either);
    this.#written.add(tag);
  }

  async untag(tag: string, signal?: AbortSignal): Promise<void> {
    checkTag(tag);
    this.#written.delete(tag);
    await deleteAt(this.#client, `manifests/${tag}`, this.#either(signal));
  }

  tags(signal?: AbortSignal): Promise<readonly string[]> {
    return listTags(this.#client, this.#either(signal));
  }

  referrers(subject: Digest, artifactType?: string, signal?: AbortSignal): Promise<readonly Descriptor[]> {
    return listReferrers(this.#client, subject, artifactType, this.#either(signal));
  }

  async #manifest(target: Descriptor, signal: AbortSignal | undefined): Promise<StoredManifest> {
    const { digest, size, mediaType } = target;
    const found = await this.#settled(digest, () => getManifest(this.#client, digest, signal), signal);
    if (found === undefined)
      throw notFound(target, `${this.#client.endpoint.host}/${this.#client.repository}`);
    if (found.descriptor.mediaType === mediaType && found.bytes.length === size) return found;
    throw new OciError(
      found.bytes.length === size ? "invalid-manifest" : "size-mismatch",
      `${digest}: expected ${mediaType} of ${size} bytes, found ${found.descriptor.mediaType} of ${found.bytes.length}`,
    );
  }

  /** What was written here is read until the registry has come to know of it. */
  async #settled<T>(
    reference: string,
    read: () => Promise<T | undefined>,
    signal: AbortSignal | undefined,
  ): Promise<T | undefined> {
    const attempts = new Attempts(this.#client.retrying);
    for (;;) {
      const found = await read();
      if (found !== undefined || !this.#written.has(reference)) return found;
      const reason = `${this.#client.repository}: ${reference} was written and is not there yet`;
      if (!(await attempts.again(reason, undefined, signal))) return undefined;
    }
  }

  #either(signal: AbortSignal | undefined): AbortSignal | undefined {
    if (signal === undefined || this.#signal === undefined) return signal ?? this.#signal;
    return AbortSignal.any([signal, this.#signal]);
  }
}

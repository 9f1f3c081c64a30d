import type { Bytes, Repository } from "../content-store.ts";
import type { Descriptor } from "../descriptor.ts";
import type { Digest } from "../digest.ts";
import { MAX_MANIFEST_BYTES } from "../document/read.ts";
import { referrerOf } from "../document/referrer.ts";
import type { Referrer } from "../document/referrer.ts";
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
import { Lag } from "./lag.ts";
import { deleteAt, getManifest, headManifest, putManifest } from "./manifests.ts";
import type { StoredManifest } from "./manifests.ts";
import { listReferrers, listedByApi } from "./referrers.ts";
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
  readonly #lag: Lag;
  #keepsLists: Promise<boolean> | undefined;

  constructor(client: RegistryClient, { mountFrom = [], signal }: RemoteOptions) {
    this.#client = client;
    this.#mountFrom = mountFrom;
    this.#signal = signal;
    this.#lag = new Lag(client);
  }

  async has(target: Descriptor, signal?: AbortSignal): Promise<boolean> {
    const either = this.#either(signal);
    if (!isDocument(target)) {
      return this.#lag.blob(target, () => hasBlob(this.#client, target, either), either);
    }
    return (await this.resolve(target.digest, signal))?.size === target.size;
  }

  async open(target: Descriptor, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const either = this.#either(signal);
    if (!isDocument(target)) {
      const content = await this.#lag.blob(target, () => downloadBlob(this.#client, target, either), either);
      return verified(abortable(content, either), target);
    }
    const { bytes } = await this.#manifest(target, either);
    return verified([bytes], target);
  }

  async put(target: Descriptor, content: Bytes, signal?: AbortSignal): Promise<void> {
    const either = this.#either(signal);
    if (!isDocument(target)) {
      await uploadBlob(this.#client, target, content, { mountFrom: this.#mountFrom, signal: either });
      this.#lag.wrote(target);
      return;
    }
    const bytes = await collect(
      verified(abortable(content, either), target),
      MAX_MANIFEST_BYTES,
      `manifest ${target.digest}`,
    );
    const { mediaType, digest, size } = target;
    const referrer = referrerOf(target, bytes);
    const listedUnder = await this.#put(digest, { descriptor: { mediaType, digest, size }, bytes }, either);
    this.#lag.wrote(target, referrer);
    if (referrer === undefined) return;
    if (listedUnder === referrer.subject && (await this.#lists(referrer, either))) return;
    await addFallback(this.#client, referrer.subject, referrer.descriptor, either);
  }

  async delete(target: Descriptor, signal?: AbortSignal): Promise<void> {
    const either = this.#either(signal);
    const { digest } = target;
    this.#lag.forget(digest);
    if (!isDocument(target)) return deleteAt(this.#client, `blobs/${digest}`, either);
    const stored = await getManifest(this.#client, digest, either);
    if (stored === undefined) return;
    const referrer = referrerOf(stored.descriptor, stored.bytes);
    await deleteAt(this.#client, `manifests/${digest}`, either);
    if (referrer !== undefined) await removeFallback(this.#client, referrer.subject, digest, either);
  }

  async *list(): AsyncGenerator<{ digest: Digest; size: number }> {}

  async resolve(reference: string, signal?: AbortSignal): Promise<Descriptor | undefined> {
    const either = this.#either(signal);
    const head = () => headManifest(this.#client, reference, either);
    if (isDigest(reference)) return this.#lag.manifest(reference, head, either);
    checkTag(reference);
    return this.#lag.tag(reference, head, either);
  }

  async tag(target: Descriptor, tag: string, signal?: AbortSignal): Promise<void> {
    checkTag(tag);
    const either = this.#either(signal);
    try {
      await this.#put(tag, await this.#manifest(target, either), either);
    } catch (error) {
      if (!(error instanceof OciError) || error.code !== "tag-immutable") throw error;
      // An answer that was lost on the way is asked for again, and the tag is there already.
      const held = await headManifest(this.#client, tag, either);
      if (held?.digest !== target.digest) throw error;
    }
    this.#lag.tagged(tag, target.digest);
  }

  async untag(tag: string, signal?: AbortSignal): Promise<void> {
    checkTag(tag);
    this.#lag.forget(tag);
    await deleteAt(this.#client, `manifests/${tag}`, this.#either(signal));
  }

  tags(signal?: AbortSignal): Promise<readonly string[]> {
    return listTags(this.#client, this.#either(signal));
  }

  referrers(subject: Digest, artifactType?: string, signal?: AbortSignal): Promise<readonly Descriptor[]> {
    const either = this.#either(signal);
    const read = () => listReferrers(this.#client, subject, artifactType, either);
    return this.#lag.referrers(subject, artifactType, read, either);
  }

  #put(
    reference: string,
    manifest: StoredManifest,
    signal: AbortSignal | undefined,
  ): Promise<Digest | undefined> {
    return this.#lag.put(
      manifest.bytes,
      () => putManifest(this.#client, reference, manifest, signal),
      signal,
    );
  }

  /** Some registries say that they list a referrer and never do. The first one tells. */
  #lists({ subject, descriptor }: Referrer, signal: AbortSignal | undefined): Promise<boolean> {
    const read = () => listedByApi(this.#client, subject, undefined, signal);
    const look = async (): Promise<boolean> => {
      const listed = await this.#lag.referrers(subject, undefined, read, signal);
      return listed.some(({ digest }) => digest === descriptor.digest);
    };
    const asked = (this.#keepsLists ??= look());
    asked.catch(() => (this.#keepsLists = undefined));
    return asked;
  }

  async #manifest(target: Descriptor, signal: AbortSignal | undefined): Promise<StoredManifest> {
    const { digest, size, mediaType } = target;
    const found = await this.#lag.manifest(digest, () => getManifest(this.#client, digest, signal), signal);
    if (found === undefined)
      throw notFound(target, `${this.#client.endpoint.host}/${this.#client.repository}`);
    if (found.descriptor.mediaType === mediaType && found.bytes.length === size) return found;
    throw new OciError(
      found.bytes.length === size ? "invalid-manifest" : "size-mismatch",
      `${digest}: expected ${mediaType} of ${size} bytes, found ${found.descriptor.mediaType} of ${found.bytes.length}`,
    );
  }

  #either(signal: AbortSignal | undefined): AbortSignal | undefined {
    if (signal === undefined || this.#signal === undefined) return signal ?? this.#signal;
    return AbortSignal.any([signal, this.#signal]);
  }
}

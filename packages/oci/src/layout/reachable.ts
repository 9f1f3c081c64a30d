import type { Descriptor } from "../descriptor.ts";
import type { Digest } from "../digest.ts";
import { parseIndex, parseManifest } from "../document/parse.ts";
import { MAX_MANIFEST_BYTES } from "../document/read.ts";
import { sniffManifestType } from "../document/referrer.ts";
import { isDocumentType, isIndexType, MediaType } from "../media-type.ts";
import { unlessGone } from "../store/not-found.ts";
import { throwIfAborted } from "../stream/abortable.ts";
import { collect } from "../stream/limited.ts";
import type { Blobs } from "./blobs.ts";

/** Follows documents to what they point at. Each is read once: under its digest it never changes. */
export class Reachable {
  readonly #blobs: Blobs;
  readonly #links = new Map<Digest, readonly Descriptor[]>();

  constructor(blobs: Blobs) {
    this.#blobs = blobs;
  }

  /**
   * Adds all that is reached from a descriptor, itself included. What is missing is added and not followed.
   * @throws OciError where a document is not what its descriptor says
   */
  async add(roots: readonly Descriptor[], to: Set<Digest>, signal?: AbortSignal): Promise<void> {
    const queue = [...roots];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      if (to.has(next.digest)) continue;
      to.add(next.digest);
      if (isDocumentType(next.mediaType)) queue.push(...(await this.#linksOf(next, signal)));
    }
  }

  /** The same from content of unknown type, which may be a document. */
  async addUnknown(content: Pick<Descriptor, "digest" | "size">, to: Set<Digest>): Promise<void> {
    const { digest, size } = content;
    const known = this.#links.has(digest);
    const mediaType = known ? MediaType.manifest : await this.#sniff({ digest, size });
    await this.add([{ mediaType: mediaType ?? MediaType.octets, digest, size }], to);
  }

  async #sniff({ digest, size }: Pick<Descriptor, "digest" | "size">): Promise<string | undefined> {
    if (size > MAX_MANIFEST_BYTES) return undefined;
    const bytes = await unlessGone(this.#read({ mediaType: MediaType.octets, digest, size }));
    return bytes === undefined ? undefined : sniffManifestType(bytes);
  }

  async #linksOf(target: Descriptor, signal: AbortSignal | undefined): Promise<readonly Descriptor[]> {
    throwIfAborted(signal);
    const known = this.#links.get(target.digest);
    if (known !== undefined) return known;
    const bytes = await unlessGone(this.#read(target, signal));
    if (bytes === undefined) return [];
    const links = linksIn(target, bytes).map(({ mediaType, digest, size }) => ({ mediaType, digest, size }));
    this.#links.set(target.digest, links);
    return links;
  }

  async #read(target: Descriptor, signal?: AbortSignal): Promise<Uint8Array> {
    return await collect(await this.#blobs.open(target, signal), MAX_MANIFEST_BYTES, target.digest);
  }
}

function linksIn({ mediaType, digest }: Descriptor, bytes: Uint8Array): readonly Descriptor[] {
  if (isIndexType(mediaType)) return parseIndex(bytes, `index ${digest}`).manifests;
  const { config, layers } = parseManifest(bytes, `manifest ${digest}`);
  return [config, ...layers];
}

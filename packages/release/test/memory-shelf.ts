import type { Digest } from "@seaworthy/oci";
import type { Links } from "../src/retention/links.ts";
import type { Deletion, Shelf, Version } from "../src/retention/shelf.ts";

/** A repository in memory that holds what a test says, broken or not, and does as it is told. */
export class MemoryShelf implements Shelf {
  readonly name = "memory";
  readonly manifests = new Map<Digest, Links>();
  readonly tags = new Map<string, Digest>();
  readonly times = new Map<Digest, number>();
  /** Does not want to delete these. */
  readonly stubborn = new Set<Digest>();
  readonly deleted: Digest[] = [];
  /** Deletions until it is interrupted. */
  patience = Number.POSITIVE_INFINITY;

  async list() {
    const digests = new Set([...this.manifests.keys(), ...this.tags.values()]);
    return { versions: [...digests].map((digest) => this.#version(digest)) };
  }

  async read(digest: Digest) {
    return this.manifests.get(digest);
  }

  async delete(
    versions: readonly Version[],
    tell: (version: Version, deletion: Deletion) => void,
  ): Promise<void> {
    for (const version of versions) {
      if (this.deleted.length >= this.patience) throw new Error("interrupted");
      tell(version, this.#delete(version));
    }
  }

  async restore() {
    return { is: "lost", why: "memory forgets" } as const;
  }

  tagsOf(digest: Digest): readonly string[] {
    return [...this.tags].flatMap(([tag, target]) => (target === digest ? [tag] : []));
  }

  #version(digest: Digest): Version {
    const at = this.times.get(digest);
    return { digest, tags: this.tagsOf(digest), ...(at === undefined ? {} : { at }) };
  }

  #delete({ digest, tags }: Version): Deletion {
    if (this.tagsOf(digest).toSorted().join(" ") !== tags.toSorted().join(" "))
      return { is: "changed", why: "other tags" };
    if (this.stubborn.has(digest)) return { is: "refused", why: "does not want to" };
    this.manifests.delete(digest);
    for (const tag of tags) this.tags.delete(tag);
    this.deleted.push(digest);
    return { is: "deleted" };
  }
}

import type { RemoteManifests } from "@seaworthy/oci/remote";
import { ReleaseError } from "../../error.ts";
import type { PackagesApi } from "../github/packages-api.ts";
import type { Shelf, Version } from "../shelf.ts";
import { readLinks } from "./registry.ts";

export interface GitHubPackagesShelfOptions {
  /** Registry and repository. */
  readonly name: string;
  readonly api: PackagesApi;
  /** Of ghcr.io: what a version is made of is read from the registry and never told by the API. */
  readonly manifests: RemoteManifests;
}

/** How often the list is read where it lacks a tag that the registry has. */
const ROUNDS = 3;

/**
 * A package of GitHub's container registry, which has no delete of its own. A version goes whole, with all its tags, and
 * can be brought back for 30 days.
 */
export function githubPackagesShelf({ name, api, manifests }: GitHubPackagesShelfOptions): Shelf {
  return {
    name,

    async list(signal) {
      // Before the versions: what is tagged meanwhile may be missing here and never there.
      for (let round = 0; round < ROUNDS; round += 1) {
        const tags = await manifests.tags(signal);
        const versions = await api.versions(signal);
        if (await isWhole(versions, tags, manifests, signal)) return { versions };
      }
      throw new ReleaseError("retention", "GitHub's list of versions lacks tags that the registry has", {
        hint: "run it again when nothing is pushed or deleted there",
        retryable: true,
      });
    },

    read: (digest, signal) => readLinks(manifests, digest, signal),

    // One by one, as GitHub asks for what writes.
    async delete(versions, tell, signal) {
      for (const version of versions) tell(version, await api.delete(version, signal));
    },

    restore: (version, signal) => api.restore(version, signal),
  };
}

/**
 * A list in pages lacks what moved to a page that was read already, and an image that is not listed loses its parts. A tag
 * that the registry lists without anything behind it, a while after it was deleted, does not count.
 */
async function isWhole(
  versions: readonly Version[],
  tags: readonly string[],
  manifests: RemoteManifests,
  signal: AbortSignal,
): Promise<boolean> {
  const listed = new Set(versions.flatMap((version) => version.tags));
  for (const tag of tags) {
    if (!listed.has(tag) && (await manifests.head(tag, signal)) !== undefined) return false;
  }
  return true;
}

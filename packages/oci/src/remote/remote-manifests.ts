import type { Descriptor } from "../descriptor.ts";
import type { Digest } from "../digest.ts";
import { connect } from "./connect.ts";
import type { RemoteName, RemoteOptions } from "./connect.ts";
import { deleteAt, getManifest, headManifest } from "./manifests.ts";
import type { StoredManifest } from "./manifests.ts";
import { listedByApi } from "./referrers.ts";
import { listAllTags } from "./tags.ts";

/**
 * The manifests of a repository as the registry tells of them, each request as it is, for whoever keeps house there. A
 * `Repository` joins and hides: fallback tags are tags here, and a referrer goes without a word to its list.
 */
export interface RemoteManifests {
  /** All of them, sorted; none where the repository does not exist. */
  tags(signal?: AbortSignal): Promise<readonly string[]>;

  /** By tag or digest; undefined where there is none. */
  head(reference: string, signal?: AbortSignal): Promise<Descriptor | undefined>;

  get(reference: string, signal?: AbortSignal): Promise<StoredManifest | undefined>;

  /** What the referrers API lists; none where there is no such API. */
  referrers(subject: Digest, signal?: AbortSignal): Promise<readonly Descriptor[]>;

  /**
   * With all its tags. Does nothing where it is not there.
   * @throws OciError `registry` where the registry deletes nothing
   */
  delete(digest: Digest, signal?: AbortSignal): Promise<void>;
}

/** @throws OciError `invalid-reference`; each method also as `remoteRepository` */
export function remoteManifests(name: RemoteName, options: RemoteOptions = {}): RemoteManifests {
  const client = connect(name, options);
  return {
    tags: (signal) => listAllTags(client, signal),
    head: (reference, signal) => headManifest(client, reference, signal),
    get: (reference, signal) => getManifest(client, reference, signal),
    referrers: (subject, signal) => listedByApi(client, subject, undefined, signal),
    delete: (digest, signal) => deleteAt(client, `manifests/${digest}`, signal),
  };
}

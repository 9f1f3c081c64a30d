import { type Repository, formatReference } from "@seaworthy/oci";
import type { Location } from "./remote.ts";

/** Notes what names stood for when they were asked for, for the provenance of what was built from it. */
export interface RecordingPull {
  readonly pull: (location: Location) => Repository;
  /** Digests by reference, with registry and tag. */
  readonly pulled: ReadonlyMap<string, string>;
}

export function recordingPull(open: (location: Location) => Repository): RecordingPull {
  const pulled = new Map<string, string>();
  return {
    pulled,
    pull(location) {
      const inner = open(location);
      return {
        ...inner,
        resolve: async (reference, signal) => {
          const found = await inner.resolve(reference, signal);
          const isDigest = reference.startsWith("sha256:");
          const name = formatReference({ ...location, ...(isDigest ? {} : { tag: reference }) });
          if (found !== undefined) pulled.set(isDigest ? `${name}@${reference}` : name, found.digest);
          return found;
        },
      };
    },
  };
}

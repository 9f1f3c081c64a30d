import { memoryStore } from "@seaworthy/oci";
import type { Digest, Repository } from "@seaworthy/oci";
import type { RegistryStore } from "./store.ts";

/** The least a registry can be served from: repositories in memory, each with content of its own. */
export function memoryRegistryStore(): RegistryStore {
  const held = new Map<string, Repository>();
  return {
    repositories: () => Promise.resolve([...held.keys()].sort()),
    repository(name) {
      const found = held.get(name) ?? memoryStore();
      held.set(name, found);
      return found;
    },
    async sizeOf(digest: Digest) {
      for (const repository of held.values()) {
        for await (const item of repository.list()) if (item.digest === digest) return item.size;
      }
      return undefined;
    },
  };
}

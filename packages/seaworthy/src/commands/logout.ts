import { dockerCredentialStore } from "@seaworthy/oci/remote";
import type { Machine } from "../machine/machine.ts";
import { openCredentials } from "../machine/remote.ts";
import { credentialFile, registryHost } from "./registry-host.ts";

/** Gives the lines to say about it. */
export async function runLogout(
  machine: Machine,
  text: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const registry = registryHost(text);
  const file = credentialFile(machine);
  const store = dockerCredentialStore({ file, environment: machine.env });
  const erased = await store.erase(registry, signal);
  const left = await (await openCredentials(machine)).find(registry, "", signal);
  return [
    erased === undefined
      ? `nothing to remove: ${file} has no credentials for ${registry}`
      : `logged out of ${registry}; removed from ${erased.place}`,
    ...(left === undefined ? [] : [`warning: other files or this CI still have credentials for ${registry}`]),
  ];
}

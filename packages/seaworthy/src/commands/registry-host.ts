import { dockerConfigFile } from "@seaworthy/oci/remote";
import { CliError } from "../error.ts";
import type { Machine } from "../machine/machine.ts";

/** A registry as people write it, `https://GHCR.io/`, as the name its credentials are kept under. */
export function registryHost(text: string): string {
  const host = text
    .trim()
    .toLowerCase()
    .replace(/^https?:\/\//, "")
    .replace(/\/(?:v[12]\/?)?$/, "");
  if (/^[a-z0-9.[\]:-]+$/.test(host)) return host.replace(/^(?:index|registry-1)\.docker\.io$/, "docker.io");
  throw new CliError(
    "usage",
    `registry ${JSON.stringify(text)}: expected a host, as ghcr.io or localhost:5000`,
    {
      hint: `credentials are kept for a whole registry: name ${/^[a-z0-9.:-]+(?=\/)/.exec(host)?.[0] ?? "its host"}`,
    },
  );
}

/** Where docker keeps credentials. */
export function credentialFile({ env, home }: Machine): string {
  return dockerConfigFile({ HOME: home, ...env })!;
}

import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import type { SandboxMount, SandboxOptions } from "../sandbox.ts";
import { DEFAULT_HOSTNAME } from "./spec.ts";

const LOOPBACK = ["127.0.0.1\tlocalhost", "::1\tlocalhost ip6-localhost ip6-loopback"];

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Names the machine itself knows, when the container shares its network. */
function hostsOf(etc: string): readonly string[] {
  const lines = readIfThere(`${etc}/hosts`).split("\n");
  return lines.filter((line) => line.trim() !== "" && !line.trimStart().startsWith("#"));
}

/**
 * Writes /etc/hosts, /etc/hostname and /etc/resolv.conf of one run into `directory`. They are mounted over the root
 * file system's own, so nothing of this machine gets into a layer. `etc` is where the machine has its own.
 */
export function writeEtcFiles(
  directory: string,
  etc: string,
  { network = "host", hostname = DEFAULT_HOSTNAME, extraHosts = [] }: SandboxOptions,
): readonly SandboxMount[] {
  const shared = network === "host";
  const hosts = [...LOOPBACK, `127.0.0.1\t${hostname}`, ...(shared ? hostsOf(etc) : []), ...extraHosts];
  const files = {
    hosts: `${hosts.join("\n")}\n`,
    hostname: `${hostname}\n`,
    "resolv.conf": shared ? readIfThere(`${etc}/resolv.conf`) : "",
  };
  return Object.entries(files).map(([name, text]) => {
    const source = `${directory}/${name}`;
    writeFileSync(source, text);
    // Other users than root read it inside, whatever this process's umask is.
    chmodSync(source, 0o644);
    return { type: "bind", source, target: `/etc/${name}`, readonly: true };
  });
}

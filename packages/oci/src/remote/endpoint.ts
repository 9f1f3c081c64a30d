import { OciError } from "../error.ts";

/** `true`: plain HTTP; `false`: always TLS; `"auto"`: plain HTTP for loopback addresses alone. */
export type Insecure = boolean | "auto";

const DOCKER_HUB = new Set(["docker.io", "index.docker.io"]);
/** As Docker defines a loopback registry: 127.0.0.0/8, ::1 and localhost. */
const LOOPBACK = /^(?:127(?:\.\d{1,3}){3}|\[::1\]|localhost)$/;
const REGISTRY = /^(?:\[[0-9a-fA-F:]+\]|[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?)(?::\d{1,5})?$/;

export function isLoopback({ hostname }: URL): boolean {
  return LOOPBACK.test(hostname);
}

/** The address of a registry's API, without a path. Docker Hub's differs from its name. */
export function endpointOf(registry: string, insecure: Insecure): URL {
  if (!REGISTRY.test(registry)) {
    throw new OciError(
      "invalid-reference",
      `registry ${JSON.stringify(registry)}: expected host or host:port`,
    );
  }
  const host = DOCKER_HUB.has(registry) ? "registry-1.docker.io" : registry;
  const url = new URL(`https://${host}`);
  const plain = insecure === "auto" ? isLoopback(url) : insecure;
  return plain ? new URL(`http://${host}`) : url;
}

import { DockerfileError } from "./error.ts";
import type { ExposeInstruction } from "./instruction.ts";
import { quote } from "./quote.ts";

/** A word of EXPOSE. The parts before the last `:` mean nothing; Docker takes them and so do we. */
export interface Ports {
  readonly first: number;
  readonly last: number;
  /** As written; empty where absent, which means tcp. */
  readonly protocol: string;
  /** It was written as `ip:host:container` or `host:container`. */
  readonly mapped: boolean;
}

const PROTOCOLS: readonly string[] = ["tcp", "udp", "sctp"];

export function parsePorts(word: string): Ports {
  const container = word.slice(word.lastIndexOf(":") + 1);
  const match = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/([a-zA-Z]*))?$/.exec(container);
  const [first, last] = [Number(match?.[1]), Number(match?.[2] ?? match?.[1])];
  if (match === null || last > 65535 || first > last) {
    throw new DockerfileError(
      "invalid-value",
      `EXPOSE: expected a port from 0 to 65535, found ${quote(word)}`,
      {
        hint: "write it as 80, 53/udp or 8000-8010/tcp",
      },
    );
  }
  const protocol = match[3] ?? "";
  if (protocol !== "" && !PROTOCOLS.includes(protocol.toLowerCase())) {
    throw new DockerfileError(
      "invalid-value",
      `EXPOSE: expected protocol ${PROTOCOLS.join(", ")}, found ${quote(protocol)}`,
    );
  }
  return { first, last, protocol, mapped: container !== word };
}

/** The ports of an expanded EXPOSE as the image config names them: `80/tcp`, each once. */
export function exposedPorts({ ports }: ExposeInstruction): readonly string[] {
  const names = new Set<string>();
  for (const word of ports) {
    const { first, last, protocol } = parsePorts(word);
    for (let port = first; port <= last; port++) names.add(`${port}/${protocol.toLowerCase() || "tcp"}`);
  }
  return [...names];
}

import { DockerfileError } from "./error.ts";
import { requireRest } from "./input.ts";
import type { Reader } from "./input.ts";
import type {
  ExposeInstruction,
  MaintainerInstruction,
  StopsignalInstruction,
  UserInstruction,
  VolumeInstruction,
  WorkdirInstruction,
} from "./instruction.ts";
import { parseJsonForm } from "./json-form.ts";
import { MAX_PORT_WORDS } from "./limits.ts";
import { isLiteral } from "./literal.ts";
import { parsePorts } from "./ports.ts";
import { checkSignal } from "./signal.ts";
import { splitBlanks, trim } from "./space.ts";

export const WORKDIR: Reader<WorkdirInstruction> = {
  flags: {},
  read: (input) => ({ ...input.base, kind: "workdir", path: requireRest(input, "a path") }),
};

export const USER: Reader<UserInstruction> = {
  flags: {},
  read: (input) => ({ ...input.base, kind: "user", user: requireRest(input, "a user") }),
};

export const STOPSIGNAL: Reader<StopsignalInstruction> = {
  flags: {},
  read(input) {
    const signal = requireRest(input, "a signal");
    if (isLiteral(signal)) checkSignal(signal);
    return { ...input.base, kind: "stopsignal", signal };
  },
};

export const MAINTAINER: Reader<MaintainerInstruction> = {
  flags: {},
  read: (input) => ({ ...input.base, kind: "maintainer", maintainer: requireRest(input, "a name") }),
};

export const VOLUME: Reader<VolumeInstruction> = {
  flags: {},
  read(input) {
    const rest = requireRest(input, "a path");
    const paths = (parseJsonForm(rest) ?? splitBlanks(rest)).map(trim);
    if (paths.length === 0 || paths.includes("")) {
      throw new DockerfileError("syntax", "VOLUME: expected a path, found an empty one");
    }
    return { ...input.base, kind: "volume", paths };
  },
};

export const EXPOSE: Reader<ExposeInstruction> = {
  flags: {},
  read(input) {
    const ports = splitBlanks(requireRest(input, "a port"));
    if (ports.length > MAX_PORT_WORDS) {
      throw new DockerfileError(
        "too-large",
        `EXPOSE: expected at most ${MAX_PORT_WORDS} ports, found ${ports.length}`,
      );
    }
    for (const port of ports) if (isLiteral(port)) parsePorts(port);
    return { ...input.base, kind: "expose", ports };
  },
};

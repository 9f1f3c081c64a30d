import { blame } from "./blame.ts";
import { parseDuration } from "./duration.ts";
import { DockerfileError } from "./error.ts";
import { requireRest } from "./input.ts";
import type { Input, Reader } from "./input.ts";
import type {
  CmdInstruction,
  EntrypointInstruction,
  ExecForm,
  HealthcheckInstruction,
  RunInstruction,
  ShellForm,
  ShellInstruction,
} from "./instruction.ts";
import { parseJsonForm } from "./json-form.ts";
import { parseMount } from "./parse-mount.ts";
import { quote } from "./quote.ts";
import { didYouMean } from "./suggest.ts";

function readForm(rest: string): ShellForm | ExecForm {
  const words = parseJsonForm(rest);
  return words === undefined ? { form: "shell", command: rest } : { form: "exec", command: words };
}

export const RUN: Reader<RunInstruction> = {
  flags: { mount: "list", network: "string", security: "string", device: "list" },
  read(input) {
    const { base, flags, heredocs } = input;
    const form = readForm(requireRest(input, "a command"));
    if (form.command.length === 0) throw new DockerfileError("syntax", "RUN: expected a command, found []");
    return {
      ...base,
      kind: "run",
      ...form,
      heredocs,
      mounts: flags.list("mount").map(({ value, range }) => blame(range, () => parseMount(value))),
      network: readChoice(input, "network", ["default", "none", "host"]),
      security: readChoice(input, "security", ["sandbox", "insecure"]),
      devices: flags.list("device").map(({ value, range }) => blame(range, () => parseDevice(value))),
    };
  },
};

function readChoice<T extends string>({ flags }: Input, name: string, choices: readonly T[]): T | undefined {
  const value = flags.string(name);
  if (value === undefined) return undefined;
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  throw new DockerfileError(
    "invalid-value",
    `RUN --${name}: expected ${choices.join(", ")}, found ${quote(value)}${didYouMean(value, choices)}`,
    { range: flags.range(name) },
  );
}

/** `vendor.com/class=name`, `name=…`, with `required`. */
function parseDevice(value: string): { name: string; required: boolean } {
  const fields = value.split(",");
  const required = fields.some((field) => /^required(=true)?$/.test(field));
  const names = fields.filter((field) => !/^required(=|$)/.test(field));
  if (names.length === 1 && names[0] !== "") return { name: names[0]!.replace(/^name=/, ""), required };
  throw new DockerfileError("invalid-value", `RUN --device: expected NAME[,required], found ${quote(value)}`);
}

export const CMD: Reader<CmdInstruction> = {
  flags: {},
  read: (input) => ({ ...input.base, kind: "cmd", ...readForm(requireRest(input, "a command", EMPTY)) }),
};

export const ENTRYPOINT: Reader<EntrypointInstruction> = {
  flags: {},
  read: (input) => ({
    ...input.base,
    kind: "entrypoint",
    ...readForm(requireRest(input, "a command", EMPTY)),
  }),
};

const EMPTY = "write [] to clear the one of the base image";

export const SHELL: Reader<ShellInstruction> = {
  flags: {},
  read(input) {
    const shell = parseJsonForm(requireRest(input, "a JSON list"));
    if (shell !== undefined && shell.length > 0) return { ...input.base, kind: "shell", shell };
    throw new DockerfileError("syntax", `SHELL: expected a JSON list, found ${quote(input.rest)}`, {
      hint: 'write it as ["/bin/bash", "-c"]',
    });
  },
};

export const HEALTHCHECK: Reader<HealthcheckInstruction> = {
  flags: {
    interval: "string",
    timeout: "string",
    "start-period": "string",
    "start-interval": "string",
    retries: "string",
  },
  read(input) {
    const rest = requireRest(input, "CMD or NONE");
    const [, type, command] = /^(\S+)\s*(.*)$/s.exec(rest)! as unknown as [string, string, string];
    return {
      ...input.base,
      kind: "healthcheck",
      test: readTest(type, command),
      interval: readInterval(input, "interval"),
      timeout: readInterval(input, "timeout"),
      startPeriod: readInterval(input, "start-period"),
      startInterval: readInterval(input, "start-interval"),
      retries: readRetries(input),
    };
  },
};

function readTest(type: string, rest: string): readonly string[] {
  switch (type.toUpperCase()) {
    case "NONE":
      if (rest === "") return ["NONE"];
      throw new DockerfileError(
        "syntax",
        `HEALTHCHECK NONE: expected nothing after it, found ${quote(rest)}`,
      );
    case "CMD": {
      const form = readForm(rest);
      if (form.command.length === 0) {
        throw new DockerfileError("syntax", "HEALTHCHECK CMD: expected a command, found nothing");
      }
      return form.form === "exec" ? ["CMD", ...form.command] : ["CMD-SHELL", form.command];
    }
    default:
      throw new DockerfileError(
        "syntax",
        `HEALTHCHECK: expected CMD or NONE, found ${quote(type)}${didYouMean(type, ["CMD", "NONE"])}`,
      );
  }
}

const MILLISECOND = 1e6;

function readInterval({ flags }: Input, name: string): number | undefined {
  const value = flags.string(name);
  if (value === undefined) return undefined;
  const range = flags.range(name)!;
  const duration = blame(range, () => parseDuration(value));
  if (duration === 0 || duration >= MILLISECOND) return duration;
  throw new DockerfileError(
    "invalid-value",
    `HEALTHCHECK --${name}: expected 0 or at least 1ms, found ${value}`,
    {
      range,
    },
  );
}

function readRetries({ flags }: Input): number | undefined {
  const value = flags.string("retries");
  if (value === undefined) return undefined;
  if (/^\+?\d{1,10}$/.test(value) && Number(value) < 2 ** 31) return Number(value);
  throw new DockerfileError(
    "invalid-value",
    `HEALTHCHECK --retries: expected a number, found ${quote(value)}`,
    {
      range: flags.range("retries"),
    },
  );
}

import { tailOf } from "@seaworthy/builder";
import { DeployError } from "../error.ts";
import { clean } from "../clean.ts";
import type { ComposeSettings, ComposeTools } from "./settings.ts";

export interface Answer {
  readonly code: number;
  readonly stdout: Buffer;
  /** Its last lines. */
  readonly stderr: string;
}

export type OnLine = (line: string, stream: "stdout" | "stderr") => void;

/** `docker` or `podman` on the machine where the containers are. Arguments are data; no shell reads them. */
export interface Tool {
  readonly kind: "docker" | "podman";
  /** What it prints. @throws DeployError `target` where it ends with another code than 0 */
  ask(args: readonly string[], signal: AbortSignal): Promise<string>;
  /** For questions that may be answered with no. */
  try(args: readonly string[], signal: AbortSignal): Promise<Answer>;
  /** As it goes, line by line; resolves with the exit code. */
  follow(args: readonly string[], onLine: OnLine, signal: AbortSignal): Promise<number>;
}

/** Rendered projects and inspections of hundreds of containers stay far below. */
const MAX_OUTPUT = 32 * 1024 * 1024;
const MAX_LINE = 2_000;

/** What Compose prints is read by lines, and is no advertisement. */
const ENV = {
  COMPOSE_ANSI: "never",
  COMPOSE_PROGRESS: "plain",
  COMPOSE_MENU: "false",
  COMPOSE_IGNORE_ORPHANS: "true",
  DOCKER_CLI_HINTS: "false",
};

export function openTool(settings: ComposeSettings, { run }: Pick<ComposeTools, "run">): Tool {
  const kind = settings.command ?? "docker";
  const program = [kind, ...connectionOf(kind, settings)];
  const execute: Execute = async (args, onOutput, signal) => {
    try {
      return await run({ run: [...program, ...args], cwd: settings.root, env: ENV }, onOutput, signal);
    } catch (cause) {
      if (signal.aborted || cause instanceof DeployError) throw cause;
      throw new DeployError("target", `${kind}: cannot be run`, {
        cause,
        hint: `install ${kind} with its compose command, or set compose.command`,
      });
    }
  };
  return {
    kind,
    try: (args, signal) => attempt(kind, execute, args, signal),
    async ask(args, signal) {
      const answer = await attempt(kind, execute, args, signal);
      if (answer.code !== 0) throw refusal(kind, args, answer);
      return answer.stdout.toString("utf8");
    },
    async follow(args, onLine, signal) {
      const split = { stdout: lineSplitter(), stderr: lineSplitter() };
      const { code } = await execute(
        args,
        (stream, chunk) => split[stream].add(chunk).forEach((line) => onLine(line, stream)),
        signal,
      );
      for (const stream of ["stdout", "stderr"] as const)
        split[stream].end().forEach((line) => onLine(line, stream));
      return code;
    },
  };
}

type Execute = (
  args: readonly string[],
  onOutput: Parameters<ComposeTools["run"]>[1],
  signal: AbortSignal,
) => Promise<{ readonly code: number }>;

async function attempt(
  kind: Tool["kind"],
  execute: Execute,
  args: readonly string[],
  signal: AbortSignal,
): Promise<Answer> {
  const output: Uint8Array[] = [];
  let size = 0;
  const errors = tailOf(20);
  const { code } = await execute(
    args,
    (stream, chunk) => {
      if (stream === "stderr") return errors.add(chunk);
      size += chunk.byteLength;
      if (size <= MAX_OUTPUT) output.push(chunk);
    },
    signal,
  );
  if (size > MAX_OUTPUT)
    throw new DeployError("target", `${named(kind, args)}: more than ${MAX_OUTPUT} bytes of output`);
  return { code, stdout: Buffer.concat(output), stderr: errors.lines().join("\n") };
}

function connectionOf(kind: Tool["kind"], { host, context }: ComposeSettings): readonly string[] {
  const flags =
    kind === "docker" ? { host: "--host", context: "--context" } : { host: "--url", context: "--connection" };
  if (host !== undefined) return [flags.host, host];
  return context === undefined ? [] : [flags.context, context];
}

/** What it said last, and where people look when it says such a thing. */
export function refusal(
  kind: string,
  args: readonly string[],
  { code, stderr }: Omit<Answer, "stdout">,
): DeployError {
  const said = clean(stderr).trim() || `exit code ${code}`;
  const away =
    /cannot connect|connection refused|is the docker daemon running|no such host|unable to connect/i;
  const hint = away.test(said)
    ? "start the engine, or say where it is: compose.host, compose.context"
    : /is not a docker command|unknown command|executable file not found/i.test(said)
      ? `install the compose command of ${kind}`
      : undefined;
  return new DeployError("target", `${named(kind, args)}: ${said}`, hint === undefined ? {} : { hint });
}

/** The verb without its operands. */
function named(kind: string, args: readonly string[]): string {
  const at = args[0] === "compose" ? args.findIndex((arg) => COMPOSE_VERBS.has(arg)) : -1;
  return at > 0
    ? `${kind} compose ${args[at]}`
    : [kind, ...args.slice(0, args[0] === "image" ? 2 : 1)].join(" ");
}

const COMPOSE_VERBS: ReadonlySet<string> = new Set(["config", "up", "down"]);

function lineSplitter(): { add(chunk: Uint8Array): readonly string[]; end(): readonly string[] } {
  const decoder = new TextDecoder();
  let open = "";
  return {
    add(chunk) {
      const lines = (open + decoder.decode(chunk, { stream: true })).split(/\r?\n/);
      open = lines.pop()!.slice(0, MAX_LINE);
      return lines.map((line) => clean(line.slice(0, MAX_LINE)));
    },
    end: () => (open === "" ? [] : [clean(open)]),
  };
}

import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import { SeaworthyError, collect } from "@seaworthy/oci";
import { type EventFlags, type Source, readEvent } from "@seaworthy/release";
import { CliError } from "../error.ts";
import type { Machine } from "../machine/machine.ts";

/** What is said of the event on the command line. */
export interface EventOptions {
  /** As GitHub names it. */
  readonly eventName?: string;
  /** The event's payload. */
  readonly eventFile?: string;
  readonly ref?: string;
  readonly sha?: string;
  readonly repository?: string;
  readonly defaultBranch?: string;
}

export type RunEvent = ReturnType<typeof readEvent>;

/** GitHub's own limit is 25 MB. */
const MAX_PAYLOAD = 32 << 20;

/**
 * Why this command runs: flags, else GitHub's or GitLab's environment, else what is checked out.
 * @throws ReleaseError `event`; CliError `config` where the payload cannot be read
 */
export async function eventOf(machine: Machine, options: EventOptions, source: Source): Promise<RunEvent> {
  const { eventName, ref, sha, repository, defaultBranch } = options;
  const flags: EventFlags = {
    ...(eventName === undefined ? {} : { eventName }),
    ...(ref === undefined ? {} : { ref }),
    ...(sha === undefined ? {} : { sha }),
    ...(repository === undefined ? {} : { repository }),
    ...(defaultBranch === undefined ? {} : { defaultBranch }),
    ...(await payloadOf(machine, options)),
  };
  return readEvent(flags, machine.env, source);
}

/** The CI's payload is about the CI's event: where flags name another one, it is left alone. */
async function payloadOf(
  { cwd, env }: Machine,
  { eventFile, eventName, ref }: EventOptions,
): Promise<Pick<EventFlags, "payload" | "payloadName">> {
  const own = eventName === undefined && ref === undefined && env["GITHUB_ACTIONS"] === "true";
  const file = eventFile ?? (own ? env["GITHUB_EVENT_PATH"] : undefined);
  if (file === undefined || file === "") return {};
  return { payload: await readText(resolve(cwd, file), MAX_PAYLOAD, file), payloadName: file };
}

/**
 * @param path undefined for stdin
 * @throws CliError `config`
 */
export async function readText(path: string | undefined, limit: number, name: string): Promise<string> {
  const stream =
    path === undefined ? createReadStream("", { fd: 0, autoClose: false }) : createReadStream(path);
  try {
    return (await collect(stream, limit, name)).toString("utf8");
  } catch (cause) {
    // It says by itself which file is too long.
    if (cause instanceof SeaworthyError) throw new CliError("config", cause.message, { cause });
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new CliError("config", `${name}: ${code === "ENOENT" ? "not there" : message}`, { cause });
  }
}

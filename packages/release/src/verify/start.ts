import type { RunConfig } from "@seaworthy/oci";
import { type Tail, tailOf } from "@seaworthy/builder";
import type { Exit, Running } from "@seaworthy/sandbox";

/** An image that has been started once. */
export interface Started {
  readonly running: Running;
  readonly config: RunConfig;
  /** Runs a command beside it, as the same user and with the same environment. */
  readonly beside: (
    args: readonly string[],
    onOutput: (chunk: Uint8Array) => void,
    signal: AbortSignal,
  ) => Promise<Exit>;
}

/** Starts the image once; every check has a container of its own. */
export type Start = (
  what: { readonly args?: readonly string[]; readonly env?: Readonly<Record<string, string>> },
  onOutput: (chunk: Uint8Array) => void,
  signal: AbortSignal,
) => Promise<Started>;

const LOG_LINES = 20;

/** Starts, looks and leaves nothing behind, whatever comes of it. */
export async function whileRunning<T>(
  start: Start,
  what: Parameters<Start>[0],
  signal: AbortSignal,
  look: (started: Started, tail: Tail) => Promise<T>,
): Promise<T> {
  const ended = new AbortController();
  const tail = tailOf(LOG_LINES);
  const started = await start(what, (chunk) => tail.add(chunk), AbortSignal.any([signal, ended.signal]));
  try {
    return await look(started, tail);
  } finally {
    ended.abort();
    await started.running.exited;
  }
}

import { createInterface } from "node:readline/promises";
import type { Machine } from "./machine.ts";

/** Asks a person; true for yes, and only for that. */
export type Ask = (question: string) => Promise<boolean>;

/** Undefined where nobody is there to answer: a pipe, a CI. Ctrl-C rejects with an AbortError, Ctrl-D is a no. */
export function askerOf({ stderr }: Machine, signal: AbortSignal): Ask | undefined {
  const { stdin } = process;
  if (!stdin.isTTY || !stderr.isTTY) return undefined;
  return async (question) => {
    const lines = createInterface({ input: stdin, output: stderr });
    // While a line is read neither of them reaches the process, and a closed line leaves the question open for ever.
    const closed = new AbortController();
    let interrupted = false;
    lines.once("close", () => closed.abort());
    lines.once("SIGINT", () => {
      interrupted = true;
      lines.close();
    });
    try {
      const either = AbortSignal.any([signal, closed.signal]);
      return /^\s*y(?:es)?\s*$/i.test(await lines.question(`${question} [y/N] `, { signal: either }));
    } catch (error) {
      if (interrupted || signal.aborted || !closed.signal.aborted) throw error;
      return false;
    } finally {
      if (closed.signal.aborted) stderr.write("\n");
      lines.close();
    }
  };
}

import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { CliError } from "../error.ts";
import type { Machine } from "./machine.ts";

export interface Question {
  readonly text: string;
  /** What is typed is not shown. */
  readonly hidden?: boolean;
  /** What to do where there is nobody to ask. */
  readonly hint: string;
}

/** Asks on the terminal; stdout stays free. @throws CliError `usage` where there is none, or nothing is said */
export async function ask(
  { stdin, stderr }: Machine,
  { text, hidden = false, hint }: Question,
  signal: AbortSignal,
): Promise<string> {
  const refuse = (why: string): CliError => new CliError("usage", `${text}: ${why}`, { hint });
  if (!stdin.isTTY) throw refuse("there is no terminal to ask on");
  // The terminal itself shows nothing while readline has it; what readline would show goes nowhere.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({
    input: stdin,
    output: hidden ? nowhere : stderr,
    terminal: true,
    historySize: 0,
  });
  const interrupted = new AbortController();
  reader.once("SIGINT", () => interrupted.abort());
  stderr.write(`${text}: `);
  try {
    const answer = await Promise.race([
      reader.question("", { signal: AbortSignal.any([signal, interrupted.signal]) }),
      new Promise<string>((resolve) => reader.once("close", () => resolve(""))),
    ]);
    if (answer === "") throw refuse("nothing was said");
    return answer;
  } finally {
    reader.close();
    if (hidden) stderr.write("\n");
  }
}

import type { Progress } from "@seaworthy/builder";
import { plainProgress } from "./plain.ts";

export interface Display {
  readonly progress: Progress;
  /** Text of its own between the steps; it stays. */
  say(text: string): void;
  /** Leaves the last state on the screen. */
  close(): void;
}

export type ProgressKind = "auto" | "tty" | "plain" | "quiet";

/** A tree on a terminal, plain lines elsewhere; stdout stays free for the result. */
export async function openDisplay(
  kind: ProgressKind,
  stderr: NodeJS.WriteStream,
  clock: () => number,
): Promise<Display> {
  const nothing = (): void => undefined;
  if (kind === "quiet") return { progress: nothing, say: nothing, close: nothing };
  if (kind === "tty" || (kind === "auto" && stderr.isTTY)) {
    const { liveDisplay } = await import("./live.ts");
    return liveDisplay(stderr, clock);
  }
  const say = (line: string): void => void stderr.write(`${line}\n`);
  return { progress: plainProgress(say), say, close: nothing };
}

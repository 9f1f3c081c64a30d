import type { Progress } from "@seaworthy/builder";
import type { Display } from "./live.ts";
import { plainProgress } from "./plain.ts";

export type ProgressKind = "auto" | "tty" | "plain" | "quiet";

/** A tree on a terminal, plain lines elsewhere; stdout stays free for the result. */
export async function openDisplay(
  kind: ProgressKind,
  stderr: NodeJS.WriteStream,
  clock: () => number,
): Promise<Display> {
  if (kind === "quiet") return { progress: () => undefined, close: () => undefined };
  if (kind === "tty" || (kind === "auto" && stderr.isTTY)) {
    const { liveProgress } = await import("./live.ts");
    return liveProgress(stderr, clock);
  }
  const progress: Progress = plainProgress((line) => void stderr.write(`${line}\n`));
  return { progress, close: () => undefined };
}

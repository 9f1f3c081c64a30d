import type { CiReporter } from "../ci/reporter.ts";
import type { Machine } from "../machine/machine.ts";
import { type Display, type ProgressKind, openDisplay } from "../progress/display.ts";

/** What a command works with besides its flags. */
export interface Invocation {
  readonly machine: Machine;
  readonly ci: CiReporter;
  readonly signal: AbortSignal;
  readonly setExitCode: (code: number) => void;
}

/** True where the command runs again elsewhere, with the rights that mounting needs. */
export async function enterNamespaces(invocation: Invocation): Promise<boolean> {
  const privileges = await import("../machine/privileges.ts");
  return privileges.enterNamespaces(invocation);
}

/** Progress and summary on stderr, the result alone on stdout. */
export async function shown(
  { machine }: Pick<Invocation, "machine">,
  kind: ProgressKind,
  work: (display: Display) => Promise<{ readonly out: string; readonly lines: readonly string[] }>,
): Promise<void> {
  const display = await openDisplay(kind, machine.stderr, () => performance.now());
  let done;
  try {
    done = await work(display);
  } finally {
    display.close();
  }
  if (kind !== "quiet") for (const line of done.lines) machine.stderr.write(`${line}\n`);
  machine.stdout.write(`${done.out}\n`);
}

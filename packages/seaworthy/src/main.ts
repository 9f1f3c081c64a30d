import { CommanderError } from "@commander-js/extra-typings";
import { ciReporterOf } from "./ci/reporter-of.ts";
import { ExitCode } from "./exit-code.ts";
import { thisMachine } from "./machine/machine.ts";
import { createProgram } from "./program.ts";

/** The command line: signals, exit codes and the last word. Returns when everything it started is gone. */
export async function main(argv: readonly string[] = process.argv): Promise<void> {
  const interrupted = new AbortController();
  ignoreClosedPipes();
  let signals = 0;
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      // A second Ctrl-C does not wait for anything to be put away.
      if (++signals > 1) process.exit(ExitCode.interrupted);
      interrupted.abort();
    });
  }
  const here = thisMachine();
  const ci = await ciReporterOf(here);
  const machine = { ...here, stderr: ci.stderr };
  try {
    const setExitCode = (code: number): void => void (process.exitCode = code);
    await createProgram({ machine, ci, signal: interrupted.signal, setExitCode }).parseAsync(argv);
  } catch (error) {
    if (error instanceof CommanderError)
      process.exitCode = error.exitCode === 0 ? ExitCode.done : ExitCode.usage;
    else {
      const { describeError, exitCodeOf } = await import("./describe-error.ts");
      machine.stderr.write(`${describeError(error)}\n`);
      process.exitCode = exitCodeOf(error);
    }
  }
}

/** `seaworthy … | head` closes the pipe: nobody reads any more, but what was begun is finished. */
function ignoreClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
}

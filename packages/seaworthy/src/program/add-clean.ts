import type { Command } from "@commander-js/extra-typings";
import type { Invocation } from "./invocation.ts";
import { NONE, collect } from "./options.ts";

export function addClean(program: Command, invocation: Invocation): void {
  program
    .command("clean")
    .description("what retention deletes of this repository's image, what stays and why")
    .option("--apply", "delete it; what changed since it was shown is skipped")
    .option("--undo <file>", "bring back what a run with --apply deleted, where the registry can")
    .option("--unasked <environment>", "go by what the registry knows of it", collect, NONE)
    .option("--image <name>", "repository to clean, in place of the config's")
    .option("--json", "as JSON")
    .option("--config <file>", "seaworthy.config.ts to use")
    .addHelpText("after", "\nWhat is deployed, and what a rollback needs, always stays.")
    .action(async (flags) => {
      const { machine, signal } = invocation;
      const { runClean } = await import("../commands/clean.ts");
      invocation.setExitCode(await runClean(machine, flags, { signal }));
    });
}

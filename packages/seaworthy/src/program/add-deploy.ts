import type { Command } from "@commander-js/extra-typings";
import { type Invocation, shown } from "./invocation.ts";
import { progressOption } from "./options.ts";

const CONFIG = ["--config <file>", "seaworthy.config.ts to use"] as const;
const IMAGE = ["--image <name>", "repository that images come from, in place of the config's"] as const;

export function addDeploy(program: Command, invocation: Invocation): void {
  program
    .command("deploy")
    .description("take a released image to an environment, watch it, and go back where it is not well")
    .argument("<environment>", "as the config names it")
    .argument("[image]", "tag, version or digest (default: what this commit was released as)")
    .option("--dry-run", "say what would change and do nothing")
    .option("--wait", "wait for whoever deploys there", false)
    .option("--no-way-back", "go on although what runs there now is nowhere any more")
    .option(...IMAGE)
    .option(...CONFIG)
    .addOption(progressOption())
    .action(async (environment, image, { progress, dryRun, ...flags }) => {
      const { printDeployPlan, runDeployCommand } = await import("../commands/deploy-command.ts");
      const { machine, signal } = invocation;
      if (dryRun === true) return printDeployPlan(machine, environment, image, flags, signal);
      await shown(invocation, progress, (display) =>
        runDeployCommand(machine, environment, image, flags, { progress: display.progress, signal }),
      );
    });
}

export function addRollback(program: Command, invocation: Invocation): void {
  program
    .command("rollback")
    .description("go back to what ran well in an environment before")
    .argument("<environment>", "as the config names it")
    .option("--to <version>", "version or digest (default: the one before)")
    .option("--wait", "wait for whoever deploys there", false)
    .option(...IMAGE)
    .option(...CONFIG)
    .addOption(progressOption())
    .action(async (environment, { progress, ...flags }) => {
      const { runRollback } = await import("../commands/rollback.ts");
      const { machine, signal } = invocation;
      await shown(invocation, progress, (display) =>
        runRollback(machine, environment, flags, { progress: display.progress, signal }),
      );
    });
}

export function addPromote(program: Command, invocation: Invocation): void {
  program
    .command("promote")
    .description("take the digest that runs well in one environment to another")
    .argument("<from>", "environment")
    .argument("<to>", "environment")
    .option("--wait", "wait for whoever deploys there", false)
    .option(...IMAGE)
    .option(...CONFIG)
    .addOption(progressOption())
    .action(async (from, to, { progress, ...flags }) => {
      const { runPromote } = await import("../commands/promote.ts");
      const { machine, signal } = invocation;
      await shown(invocation, progress, (display) =>
        runPromote(machine, { from, to }, flags, { progress: display.progress, signal }),
      );
    });
}

export function addStatus(program: Command, invocation: Invocation): void {
  program
    .command("status")
    .description("what runs in an environment, since when, from which revision, and how it differs from that")
    .argument("[environment]", "as the config names it (default: the only one, or the one releases go to)")
    .option("--json", "as JSON")
    .option(...IMAGE)
    .option(...CONFIG)
    .action(async (environment, flags) => {
      const { printStatus } = await import("../commands/status.ts");
      await printStatus(invocation.machine, environment, flags, invocation.signal);
    });
}

export function addLogs(program: Command, invocation: Invocation): void {
  program
    .command("logs")
    .description("what the services of an environment print")
    .argument("[environment]", "as the config names it (default: the only one, or the one releases go to)")
    .option("-s, --service <name>", "only this one")
    .option("-n, --lines <number>", "how many of the last lines of each", "20")
    .option("-f, --follow", "go on with what comes", false)
    .option(...CONFIG)
    .action(async (environment, flags) => {
      const { printLogs } = await import("../commands/logs.ts");
      await printLogs(invocation.machine, environment, flags, invocation.signal);
    });
}

export function addStop(program: Command, invocation: Invocation): void {
  program
    .command("stop")
    .description("end what runs in an environment; what is known of it stays")
    .argument("[environment]", "as the config names it (default: the only one, or the one releases go to)")
    .option(...CONFIG)
    .action(async (environment, flags) => {
      const { runStop } = await import("../commands/stop.ts");
      invocation.machine.stderr.write(
        `${await runStop(invocation.machine, environment, flags, invocation.signal)}\n`,
      );
    });
}

/** Not for people: what a local deployment starts to keep its services up. */
export function addSupervise(program: Command, invocation: Invocation): void {
  program
    .command("supervise", { hidden: true })
    .requiredOption("--folder <path>", "of the environment")
    .requiredOption("--store <path>", "what images are started from")
    .action(async (flags) => {
      const { enterNamespaces } = await import("./invocation.ts");
      if (await enterNamespaces(invocation)) return;
      const { runSupervise } = await import("../commands/supervise.ts");
      await runSupervise(invocation.machine, flags, invocation.signal);
    });
}

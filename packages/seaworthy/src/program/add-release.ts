import type { Command } from "@commander-js/extra-typings";
import type { Source } from "@seaworthy/release/source";
import type { Machine } from "../machine/machine.ts";
import { type Invocation, enterNamespaces, shown } from "./invocation.ts";
import { eventOptions, progressOption } from "./options.ts";

export function addRelease(program: Command, invocation: Invocation): void {
  eventOptions(program.command("release"))
    .description("test, build, verify, publish and record this repository's image")
    .option("--dry-run", "say what would happen and do nothing")
    .option("--image <name>", "repository to publish to, in place of the config's")
    .option("--platform <os/arch>", "with --partial: the platform that this machine does")
    .option("--partial", "do one platform and hand it over by digest; no tag moves")
    .option("--merge", "make one release of what the platforms' runs have handed over, and move the tags")
    .option("--force-tags", "move tags also where git does not say that they go forward; never a release")
    .option(
      "--to <environment>",
      "deploy it there afterwards (default: deploy of the config, other than in CI)",
    )
    .option("--no-deploy", "deploy nowhere")
    .option("--config <file>", "seaworthy.config.ts to use")
    .addOption(progressOption())
    .action(async ({ dryRun, progress, ...flags }) => {
      const { machine, ci, signal } = invocation;
      if (dryRun === true) {
        const { runPlan } = await import("../commands/release.ts");
        const { planText } = await import("../summary.ts");
        machine.stdout.write(`${planText(await runPlan(machine, flags, signal))}\n`);
        return;
      }
      if (flags.merge !== true && (await enterNamespaces(invocation))) return;
      const { source } = await askAhead(machine, flags.config);
      const { runToldRelease } = await import("../commands/told-release.ts");
      const { releaseText } = await import("../summary.ts");
      const started = performance.now();
      await shown(invocation, progress, async (display) => {
        const told = await runToldRelease(flags, { machine, ci, display, signal, source });
        const line = releaseText(told.result, performance.now() - started);
        const { deployReleased } = await import("../commands/deploy-released.ts");
        const lines = await deployReleased(told, flags, { machine, progress: display.progress, signal });
        return { out: told.result.reference, lines: [line, ...lines] };
      });
    });
}

export function addPlan(program: Command, invocation: Invocation): void {
  eventOptions(program.command("plan"))
    .description("what a release would do: platforms, bases, tags, tests, checks, gates")
    .option("--json", "as JSON")
    .option("--image <name>", "repository to publish to, in place of the config's")
    .option("--force-tags", "as a release with it would")
    .option("--config <file>", "seaworthy.config.ts to use")
    .action(async ({ json, ...flags }) => {
      const { runPlan } = await import("../commands/release.ts");
      const { planText } = await import("../summary.ts");
      const plan = await runPlan(invocation.machine, flags, invocation.signal);
      invocation.machine.stdout.write(`${json === true ? JSON.stringify(plan, null, 2) : planText(plan)}\n`);
    });
}

/** Git answers while the code of a release is loaded, which takes about as long. */
async function askAhead(
  machine: Machine,
  config: string | undefined,
): Promise<{ readonly source: Promise<Source> }> {
  const [{ rootOf }, { sourceAt }] = await Promise.all([
    import("../commands/root.ts"),
    import("../commands/source-at.ts"),
  ]);
  const source = sourceAt(rootOf(machine, config).root, machine.env);
  // What git refuses is told by whoever waits for it.
  source.catch(() => undefined);
  return { source };
}

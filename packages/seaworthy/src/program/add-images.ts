import type { Command } from "@commander-js/extra-typings";
import { type Invocation, shown } from "./invocation.ts";
import { progressOption } from "./options.ts";

const IMAGE = `
IMAGE is a reference with tag or digest, a tag, digest or repository:tag of this repository's store, oci:PATH[:NAME] or a
folder with an OCI layout, or an archive: FILE.tar, oci-archive:FILE, docker-archive:FILE. Files go before names.`;

export function addInspect(program: Command, invocation: Invocation): void {
  program
    .command("inspect")
    .description("what an image is: platforms, sizes, layers, config, evidence")
    .argument("<image>", "from wherever it is, see below")
    .option("--platform <os/arch>", "only this platform")
    .option("--json", "as JSON")
    .option("--config <file>", "seaworthy.config.ts to use")
    .addHelpText("after", IMAGE)
    .action(async (image, flags) => {
      const { printImage } = await import("../commands/inspect.ts");
      await printImage(invocation.machine, image, flags, invocation.signal);
    });
}

export function addCopy(program: Command, invocation: Invocation): void {
  program
    .command("copy")
    .alias("push")
    .description("copy an image with all its evidence, and tag it where TO names a tag")
    .argument("<from>", "an IMAGE, see below")
    .argument("<to>", "registry/name[:tag], name[:tag] of the store, or oci:PATH[:NAME]")
    .option("--force", "move a tag that points at another digest")
    .option("--config <file>", "seaworthy.config.ts to use")
    .addOption(progressOption())
    .addHelpText("after", IMAGE)
    .action(async (from, to, { progress, ...flags }) => {
      const { runCopy } = await import("../commands/copy.ts");
      const { machine, signal } = invocation;
      await shown(invocation, progress, async (display) => {
        const { reference, lines } = await runCopy(
          machine,
          { from, to },
          flags,
          (line) => display.say(line),
          signal,
        );
        return { out: reference, lines };
      });
    });
}

import { type Command, Option } from "@commander-js/extra-typings";
import type { Invocation } from "./invocation.ts";

export function addSbom(program: Command, invocation: Invocation): void {
  program
    .command("sbom")
    .description("list the packages in an image, with the layer that brought each")
    .argument("<image>", "a reference, or a tag or digest in this repository's store")
    .addOption(
      new Option("--format <format>", "SPDX 2.3 or CycloneDX 1.6, as JSON")
        .choices(["spdx", "cyclonedx"] as const)
        .default("spdx" as const),
    )
    .option("--platform <os/arch>", "platform to describe (default: the only one, else this machine's)")
    .option("-o, --output <path>", "write to a file; to a folder (FOLDER/): a file for each platform")
    .option("--config <file>", "seaworthy.config.ts to use")
    .action(async (image, flags) => {
      const { runSbom } = await import("../commands/sbom.ts");
      const { printable } = await import("../progress/text.ts");
      const { machine, signal } = invocation;
      const say = (line: string): void => void machine.stderr.write(`${printable(line)}\n`);
      machine.stdout.write(await runSbom(machine, image, flags, signal, say));
    });
}

import { type Command, Option } from "@commander-js/extra-typings";
import { ExitCode } from "../exit-code.ts";
import type { Invocation } from "./invocation.ts";
import { NONE, collect } from "./options.ts";

export function addScan(program: Command, invocation: Invocation): void {
  program
    .command("scan")
    .description("find known vulnerabilities in an image, and judge them by the config's rules")
    .argument("<image>", "a reference, or a tag or digest in this repository's store")
    .addOption(
      new Option("--format <format>", "how it is written to stdout")
        .choices(["table", "json", "sarif", "markdown"] as const)
        .default("table" as const),
    )
    .addOption(
      new Option("--fail-on <severity>", "in place of the config's scan.failOn.severity").choices([
        "critical",
        "high",
        "medium",
        "low",
      ] as const),
    )
    .option("--platform <os/arch>", "only this one (default: all of the image's)")
    .option("--offline <folder>", "take advisories from there: <ecosystem>/all.zip; ask no network")
    .option("--vex <file>", "an OpenVEX document, beside the config's", collect, NONE)
    .option("--all", "also show what passed")
    .option("--upload", "hand what is refused to GitHub code scanning, where the CI may")
    .option("--config <file>", "seaworthy.config.ts to use")
    .action(async (image, { upload, ...flags }) => {
      const { runScan } = await import("../commands/scan.ts");
      const { machine, signal } = invocation;
      const say = (line: string): void => void machine.stderr.write(`${line}\n`);
      const { project, text, refused, scans, lines } = await runScan(machine, image, flags, signal);
      machine.stdout.write(text);
      const { printable } = await import("../progress/text.ts");
      for (const line of lines) say(printable(line));
      if (upload === true) {
        const { uploadScans } = await import("../commands/upload-scans.ts");
        await uploadScans(machine, project, scans, { all: flags.all === true }, say, signal);
      }
      if (refused) invocation.setExitCode(ExitCode.refused);
    });
}

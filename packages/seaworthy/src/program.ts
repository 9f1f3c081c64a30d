import { Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { ExitCode } from "./exit-code.ts";
import { addPlan, addRelease } from "./program/add-release.ts";
import { addSbom } from "./program/add-sbom.ts";
import { type Invocation, enterNamespaces, shown } from "./program/invocation.ts";
import { NONE, collect, eventOptions, progressOption } from "./program/options.ts";

/** Commands are thin: parse, call, print. Each loads its own code, so that none pays for another. */
export function createProgram(invocation: Invocation): Command {
  const program = new Command("seaworthy")
    .description("Releases container images: the bytes that were tested are the bytes that ship.")
    .showHelpAfterError("(add --help for what can be said)")
    .exitOverride()
    .configureOutput({ writeErr: (text) => void invocation.machine.stderr.write(text) });
  addBuild(program, invocation);
  addRelease(program, invocation);
  addPlan(program, invocation);
  addTags(program, invocation);
  addHistory(program, invocation);
  addSbom(program, invocation);
  addRefresh(program, invocation);
  addRegistry(program, invocation);
  addDoctor(program, invocation);
  return program;
}

function addBuild(program: Command, invocation: Invocation): void {
  program
    .command("build")
    .description("build an image into the store; needs no config")
    .argument("[context]", "folder to build")
    .option("-f, --file <path>", "Dockerfile (default: Dockerfile in the context)")
    .option("-t, --tag <name>", "name and tag in the store", collect, NONE)
    .option("--target <stage>", "stage to build")
    .option("--platform <os/arch>", "platforms, comma separated", collect, NONE)
    .option("--build-arg <name=value>", "set an ARG", collect, NONE)
    .option("--build-context <name=path>", "a named context", collect, NONE)
    .option(
      "--secret <id=…>",
      "hand a secret to RUN --mount=type=secret: id=NAME,src=FILE or id=NAME,env=VARIABLE",
      collect,
      NONE,
    )
    .option("-o, --output <type=…>", "also write it: type=oci,dest=FILE[,tar=false] or type=local,dest=DIR")
    .option("--no-cache", "run every step again")
    .option("--label <name=value>", "add a label", collect, NONE)
    .option("--annotation <name=value>", "add an annotation to index and manifests", collect, NONE)
    .option("--metadata-file <path>", "write the result's digest as JSON")
    .option("--iidfile <path>", "write the digest")
    .option("--config <file>", "seaworthy.config.ts to use")
    .option("-q, --quiet", "show no progress")
    .addOption(progressOption())
    .action(async (context, { quiet, progress, ...flags }) => {
      if (await enterNamespaces(invocation)) return;
      const { runBuild } = await import("./commands/build.ts");
      await shown(invocation, quiet === true ? "quiet" : progress, async (display) => {
        const { result, lines } = await runBuild(
          invocation.machine,
          context,
          flags,
          display.progress,
          invocation.signal,
        );
        return { out: result.index.digest, lines };
      });
    });
}

function addTags(program: Command, invocation: Invocation): void {
  eventOptions(program.command("tags"))
    .description("tags, labels and annotations for the event that runs this, as JSON")
    .option("--rules <file>", "rules as docker/metadata-action takes them in tags; - is stdin")
    .option("--images <name>", "image names, a list as metadata-action takes it", collect, NONE)
    .option("--flavor <flavor>", "flavor of the rules", collect, NONE)
    .option("--labels <name=value>", "labels, which go before those of the event", collect, NONE)
    .option("--annotations <name=value>", "annotations, which go before those of the event", collect, NONE)
    .option("--now <time>", "time for dates, as 2026-01-31T12:00:00Z (default: now)")
    .addOption(
      new Option("--latest <policy>", "what moves latest where there are no rules").choices([
        "default-branch",
        "stable",
        "none",
      ] as const),
    )
    .addOption(
      new Option("--format <format>", "JSON, or a bake definition of all, or of a part of it").choices([
        "json",
        "bake",
        "bake-tags",
        "bake-labels",
        "bake-annotations",
      ] as const),
    )
    .option("--bake-target <name>", "target of the bake definition (default: docker-metadata-action)")
    .action(async (flags) => {
      const { runTags } = await import("./commands/tags.ts");
      const answer = await runTags(invocation.machine, flags);
      invocation.machine.stdout.write(`${JSON.stringify(answer, null, 2)}\n`);
    });
}

function addHistory(program: Command, invocation: Invocation): void {
  program
    .command("history")
    .description("the releases the registry knows of, newest first")
    .option("--json", "as JSON")
    .option("--config <file>", "seaworthy.config.ts to use")
    .action(async ({ json, ...flags }) => {
      const { runHistory } = await import("./commands/history.ts");
      const { historyText } = await import("./summary.ts");
      const { stdout, stderr } = invocation.machine;
      const warn = (line: string): void => void stderr.write(`! ${line}\n`);
      const records = await runHistory(invocation.machine, flags, invocation.signal, warn);
      stdout.write(`${json === true ? JSON.stringify(records, null, 2) : historyText(records)}\n`);
    });
}

function addRefresh(program: Command, invocation: Invocation): void {
  program
    .command("refresh")
    .description("move the lock of the assembled bases to what Debian's signed archives offer now")
    .option("--config <file>", "seaworthy.config.ts to use")
    .addOption(progressOption())
    .action(async ({ progress, ...flags }) => {
      const { runRefresh } = await import("./commands/refresh.ts");
      await shown(invocation, progress, async (display) => {
        const { file, changes } = await runRefresh(
          invocation.machine,
          flags,
          display.progress,
          invocation.signal,
        );
        return { out: file, lines: changes.length === 0 ? ["the lock is up to date"] : changes };
      });
    });
}

function addRegistry(program: Command, invocation: Invocation): void {
  program
    .command("registry")
    .description("serve this repository's store as a container registry")
    .option("--host <address>", "address to listen on", "127.0.0.1")
    .option("--port <number>", "port to listen on (default: the config's, else 5000)", port)
    .option("--read-only", "refuse pushes", false)
    .option("--config <file>", "seaworthy.config.ts to use")
    .action(async (flags) => {
      const { runRegistry } = await import("./commands/registry.ts");
      const server = await runRegistry(invocation.machine, flags, invocation.signal);
      invocation.machine.stdout.write(`${server.url}\n`);
      await new Promise<void>((resolve) => invocation.signal.addEventListener("abort", () => resolve()));
      await server.close();
    });
}

function addDoctor(program: Command, invocation: Invocation): void {
  program
    .command("doctor")
    .description("what is needed on this machine, what is missing, and the command that mends it")
    .option("--fix", "install what is missing, with apt", false)
    .option("--quiet", "say something only where something is missing", false)
    .action(async ({ fix, quiet }) => {
      const { installerOf, runDoctor } = await import("./commands/doctor.ts");
      const { doctorText } = await import("./doctor-text.ts");
      const { stdout, stderr } = invocation.machine;
      const checks = await runDoctor(invocation.machine, { fix }, (line) => void stderr.write(`${line}\n`));
      const installer = installerOf(invocation.machine);
      const missing = checks.filter(({ ok, required }) => !ok && required);
      if (!quiet) stdout.write(`${doctorText(checks, installer)}\n`);
      else if (missing.length > 0) stderr.write(`${doctorText(missing, installer)}\n`);
      if (missing.length > 0) invocation.setExitCode(ExitCode.failed);
    });
}

function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535)
    throw new InvalidArgumentError("expected 0 to 65535");
  return value;
}

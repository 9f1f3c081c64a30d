import { Argument, Command, InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { ExitCode } from "./exit-code.ts";
import {
  addDeploy,
  addLogs,
  addPromote,
  addRollback,
  addStatus,
  addStop,
  addSupervise,
} from "./program/add-deploy.ts";
import { addEvidence, addVerify } from "./program/add-evidence.ts";
import { addClean } from "./program/add-clean.ts";
import { addCopy, addInspect } from "./program/add-images.ts";
import { addPlan, addRelease } from "./program/add-release.ts";
import { addGenerateKey, addSign } from "./program/add-sign.ts";
import { addScan } from "./program/add-scan.ts";
import { addSbom } from "./program/add-sbom.ts";
import { addSecrets } from "./program/add-secrets.ts";
import { type Invocation, enterNamespaces, shown } from "./program/invocation.ts";
import { VERSION } from "./version.ts";
import { NONE, collect, eventOptions, progressOption } from "./program/options.ts";

/** Commands are thin: parse, call, print. Each loads its own code, so that none pays for another. */
export function createProgram(invocation: Invocation): Command {
  const program = new Command("seaworthy")
    .description("Releases container images: the bytes that were tested are the bytes that ship.")
    .version(VERSION, "-V, --version", "print the version")
    .showHelpAfterError("(add --help for what can be said)")
    .exitOverride()
    .configureOutput({ writeErr: (text) => void invocation.machine.stderr.write(text) });
  addBuild(program, invocation);
  addRelease(program, invocation);
  addPlan(program, invocation);
  addTags(program, invocation);
  addHistory(program, invocation);
  addClean(program, invocation);
  addSign(program, invocation);
  addGenerateKey(program, invocation);
  addEvidence(program, invocation);
  addVerify(program, invocation);
  addSbom(program, invocation);
  addInspect(program, invocation);
  addCopy(program, invocation);
  addScan(program, invocation);
  addSecrets(program, invocation);
  addDeploy(program, invocation);
  addRollback(program, invocation);
  addPromote(program, invocation);
  addStatus(program, invocation);
  addLogs(program, invocation);
  addStop(program, invocation);
  addSupervise(program, invocation);
  addRefresh(program, invocation);
  addRegistry(program, invocation);
  addLogin(program, invocation);
  addLogout(program, invocation);
  addDoctor(program, invocation);
  addInit(program, invocation);
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
    .option("--config <file>", "seaworthy.config.ts whose tags hold where no flag says how they come about")
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
    .description("the releases of this repository's image, newest first, or one of them in full")
    .argument("[release]", "version, digest or commit; first digits will do")
    .option("-n, --limit <number>", "how many at most (default: 20; with --json all)", count)
    .option("--branch <name>", "only those of a branch")
    .option("--failed", "also the runs that failed on this machine")
    .option("--rebuild", "read the registry in place of the local index, and fill that anew")
    .option("--json", "as JSON")
    .option("--config <file>", "seaworthy.config.ts to use")
    .action(async (wanted, flags) => {
      const { machine, signal } = invocation;
      const { printHistory, printRun } = await import("./commands/history.ts");
      if (wanted === undefined) await printHistory(machine, flags, signal);
      else await printRun(machine, wanted, flags, signal);
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

function addLogin(program: Command, invocation: Invocation): void {
  program
    .command("login")
    .description(
      "keep credentials for a registry where container tools look for them, once it has taken them",
    )
    .argument("<registry>", "host, as ghcr.io or docker.io")
    .option("-u, --username <name>", "user name (default: asks)")
    .option("--password-stdin", "read the password or token from stdin (default: asks)")
    .action(async (registry, flags) => {
      const { runLogin } = await import("./commands/login.ts");
      const { machine, signal } = invocation;
      for (const line of await runLogin(machine, registry, flags, signal)) machine.stderr.write(`${line}\n`);
    });
}

function addLogout(program: Command, invocation: Invocation): void {
  program
    .command("logout")
    .description("remove the credentials for a registry from where login keeps them")
    .argument("<registry>", "host, as ghcr.io or docker.io")
    .action(async (registry) => {
      const { runLogout } = await import("./commands/logout.ts");
      const { machine, signal } = invocation;
      for (const line of await runLogout(machine, registry, signal)) machine.stderr.write(`${line}\n`);
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

function addInit(program: Command, invocation: Invocation): void {
  const pipelines = new Argument("[pipelines...]", "also write pipelines for these").choices([
    "github",
    "gitlab",
  ] as const);
  program
    .command("init")
    .description(
      "look at a repository and write the config, the .dockerignore and the pipelines that it lacks",
    )
    .addArgument(pipelines)
    .option("--yes, --force", "replace files that differ without asking")
    .option("--dry-run", "write nothing; print what would be written, as a patch")
    .addHelpText("after", "\nExits with 2 where a file differs and there is no terminal to ask on.")
    .action(async (names, flags) => {
      const { runInit } = await import("./commands/init.ts");
      const { askerOf } = await import("./machine/ask.ts");
      const { machine, signal } = invocation;
      const refused = await runInit(machine, names ?? [], flags, askerOf(machine, signal));
      if (refused.length === 0) return;
      machine.stderr.write("kept what differs; --force replaces it\n");
      invocation.setExitCode(ExitCode.usage);
    });
}

function count(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("expected a number from 1");
}

function port(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0 || value > 65_535)
    throw new InvalidArgumentError("expected 0 to 65535");
  return value;
}

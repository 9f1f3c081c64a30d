import { dirname } from "node:path";
import { type Progress, basesOf } from "@seaworthy/builder";
import { type Platform, formatPlatform, hostPlatform, parsePlatform } from "@seaworthy/oci";
import {
  type Answers,
  type ReleasePlan,
  type ReleaseRequest,
  type ReleaseResult,
  type ReleaseTools,
  type Source,
  gitAncestry,
  makePlan,
  mergePartials,
  release,
  releasePartial,
} from "@seaworthy/release";
import { CliError } from "../error.ts";
import { environmentConfig } from "../config/environment-config.ts";
import { commandsOf } from "../machine/command.ts";
import { gitIn } from "../machine/git.ts";
import type { Machine } from "../machine/machine.ts";
import { openWorkshop, whyNot } from "../machine/workshop.ts";
import { type Project, openProject } from "./context.ts";
import { destinationOf, existingRepository } from "./destination.ts";
import { givenName } from "./image-name.ts";
import { examinationsOf, signingOf } from "./release-evidence.ts";
import { type RequestFlags, requestOf } from "./release-request.ts";
import type { ToldOfScans } from "./scan-release.ts";

export interface ReleaseFlags extends RequestFlags {
  readonly config?: string;
  /** One platform of the release, handed over by digest. */
  readonly partial?: boolean;
  readonly platform?: string;
  /** The release of what was handed over. */
  readonly merge?: boolean;
  /** Environment to deploy to afterwards. */
  readonly to?: string | undefined;
  /** False: nowhere, whatever the config says. */
  readonly deploy?: boolean;
}

export async function runRelease(
  machine: Machine,
  flags: ReleaseFlags,
  progress: Progress,
  signal: AbortSignal,
  { onPlan, source, ...heard }: Heard,
): Promise<ReleaseResult> {
  checkFlags(flags);
  const warn = (message: string): void => progress({ type: "warning", message });
  const project = await openProject(machine, flags.config, warn, source);
  const work = flags.merge === true ? merge : build;
  const told = (plan: ReleasePlan): void => onPlan(going(plan, flags, project, machine), project);
  return work(machine, project, named(flags, warn), { ...heard, progress, signal, onPlan: told });
}

/** What is to be known before a release has come to its end. */
export interface Heard {
  /** Where somebody has asked git already. */
  readonly source?: Promise<Source>;
  readonly onPlan: (plan: ReleasePlan, project: Project) => void;
  readonly onAnswers: (answers: Answers) => void;
  readonly onScans: ToldOfScans;
}

interface Run extends Omit<Heard, "onPlan" | "source"> {
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly onPlan: (plan: ReleasePlan) => void;
}

async function build(
  machine: Machine,
  project: Project,
  flags: ReleaseFlags,
  { progress, signal, onPlan, onAnswers, onScans }: Run,
): Promise<ReleaseResult> {
  const warn = (message: string): void => progress({ type: "warning", message });
  const { config, storeDir } = project;
  const workshop = await openWorkshop(machine, { storeDir, trust: config.trust, warn, signal });
  try {
    const asked = await requestOf(machine, project, flags, workshop.cannotRun, onScans);
    const { pulled } = workshop;
    const examinations = await examinationsOf(asked, { machine, project, pulled, warn });
    const request = { ...asked, examinations };
    const repository = destinationOf(project, request.name, workshop);
    const ancestry = gitAncestry(gitIn(project.root, machine.env));
    onPlan(await makePlan(request, basesOf(request.build, hostPlatform()), repository, { ancestry, signal }));
    const tools: ReleaseTools = {
      ...workshop,
      ancestry,
      repository,
      command: commandsOf(machine),
      ...(await signingOf(machine, project, request.name, { warn, signal })),
      stateDir: dirname(storeDir),
      parallel: machine.processors,
      progress,
      signal,
      now: () => Date.now(),
      onAnswers,
    };
    return await (flags.partial === true
      ? releasePartial(request, platformOf(flags.platform, request), tools)
      : release(request, tools));
  } finally {
    await workshop.close();
  }
}

/** Works on what is in the registry: nothing is mounted, built or run here. */
async function merge(
  machine: Machine,
  project: Project,
  flags: ReleaseFlags,
  { progress, signal, onPlan, onAnswers, onScans }: Run,
): Promise<ReleaseResult> {
  const warn = (message: string): void => progress({ type: "warning", message });
  const asked = await requestOf(machine, project, flags, (platform) => whyNot(machine, platform), onScans);
  const examinations = await examinationsOf(asked, { machine, project, pulled: new Map(), warn });
  const request = { ...asked, examinations };
  const repository = await existingRepository(machine, project, request.name, signal);
  const ancestry = gitAncestry(gitIn(project.root, machine.env));
  const signing = await signingOf(machine, project, request.name, { warn, signal });
  onPlan(await makePlan(request, basesOf(request.build, hostPlatform()), repository, { ancestry, signal }));
  return mergePartials(request, {
    repository,
    ancestry,
    ...signing,
    progress,
    signal,
    now: () => Date.now(),
    onAnswers,
  });
}

/** Opens nothing that would have to be made: reading a plan leaves no trace. */
export async function runPlan(
  machine: Machine,
  flags: ReleaseFlags,
  signal: AbortSignal,
): Promise<ReleasePlan> {
  checkFlags(flags);
  const project = await openProject(machine, flags.config);
  const warn = (message: string): void => void machine.stderr.write(`warning: ${message}\n`);
  const request = await requestOf(machine, project, named(flags, warn), (platform) =>
    whyNot(machine, platform),
  );
  const repository = await existingRepository(machine, project, request.name, signal);
  const ancestry = gitAncestry(gitIn(project.root, machine.env));
  const plan = await makePlan(request, basesOf(request.build, hostPlatform()), repository, {
    ancestry,
    signal,
  });
  return going(plan, flags, project, machine);
}

function going(plan: ReleasePlan, flags: ReleaseFlags, project: Project, machine: Machine): ReleasePlan {
  const environment = plan.noPush === undefined ? environmentFor(flags, project, machine) : undefined;
  return environment === undefined ? plan : { ...plan, environment };
}

/** A CI's machine is gone with its job: where its releases go has to be said. */
export function environmentFor(
  { to, deploy = true, partial = false }: ReleaseFlags,
  { config }: Project,
  { env }: Machine,
): string | undefined {
  if (to !== undefined) {
    environmentConfig(config, to);
    return to;
  }
  const ci = env["CI"] ?? "";
  return deploy && !partial && (ci === "" || ci === "false") ? config.deploy : undefined;
}

/** With `--image` as registries take names. */
function named(flags: ReleaseFlags, warn: (message: string) => void): ReleaseFlags {
  const image = givenName(flags.image, warn);
  return image === undefined ? flags : { ...flags, image };
}

function checkFlags({ partial = false, merge: merging = false, platform, to }: ReleaseFlags): void {
  if (partial && to !== undefined) {
    throw new CliError("usage", `--to ${to} and --partial: one platform is no image that could be deployed`, {
      hint: "say --to with --merge",
    });
  }
  if (partial && merging) {
    throw new CliError("usage", "--partial and --merge: found both, expected one of them", {
      hint: "every platform's runner says --partial; one run after them says --merge",
    });
  }
  if (platform !== undefined && !partial) {
    throw new CliError("usage", `--platform ${platform}: a release is of all platforms of the config`, {
      hint: "say --partial too, and --merge in a run after the others; or use seaworthy build --platform",
    });
  }
}

/** This machine's where nobody says; one of the release's in any case. */
function platformOf(text: string | undefined, { build: { platforms } }: ReleaseRequest): Platform {
  const wanted = formatPlatform(text === undefined ? hostPlatform() : parsePlatform(text));
  const found = platforms.find((platform) => formatPlatform(platform) === wanted);
  if (found !== undefined) return found;
  throw new CliError(
    "usage",
    `--platform ${wanted}: expected one of the config's: ${platforms.map((platform) => formatPlatform(platform)).join(", ")}`,
  );
}

import { type BuildRequest, type Progress, basesOf } from "@seaworthy/builder";
import { hostPlatform } from "@seaworthy/oci";
import {
  type ReleasePlan,
  type ReleaseRequest,
  type ReleaseResult,
  type VerifyConfig,
  type TagPlan,
  checkSource,
  makePlan,
  planTags,
  release,
} from "@seaworthy/release";
import { basename } from "node:path";
import { gitIn } from "../machine/git.ts";
import type { Machine } from "../machine/machine.ts";
import { openWorkshop, whyNot } from "../machine/workshop.ts";
import { commonRequest, parsePlatforms } from "./build.ts";
import { type Project, openProject, readBuildFiles } from "./context.ts";
import { destinationOf, existingRepository } from "./destination.ts";
import { eventOf } from "./event.ts";

export interface ReleaseFlags {
  readonly config?: string;
  /** Move tags also where git does not say that they go forward. */
  readonly forceTags?: boolean;
}

export async function runRelease(
  machine: Machine,
  flags: ReleaseFlags,
  progress: Progress,
  signal: AbortSignal,
  onPlan: (plan: ReleasePlan) => void,
): Promise<{ readonly result: ReleaseResult }> {
  const warn = (message: string): void => progress({ type: "warning", message });
  const project = await openProject(machine, flags.config, warn);
  const { config, storeDir } = project;
  const workshop = await openWorkshop(machine, { storeDir, trust: config.trust, warn, signal });
  try {
    const request = await requestOf(machine, project, flags, workshop.cannotRun);
    const repository = destinationOf(project, request.name, workshop);
    const git = gitIn(project.root, machine.env);
    const bases = basesOf(request.build, hostPlatform());
    onPlan(await makePlan(request, bases, repository, { git, signal }));
    const tools = {
      ...workshop,
      git,
      repository,
      parallel: machine.processors,
      progress,
      signal,
      now: () => Date.now(),
    };
    return { result: await release(request, tools) };
  } finally {
    await workshop.close();
  }
}

/** Opens nothing that would have to be made: reading a plan leaves no trace. */
export async function runPlan(
  machine: Machine,
  flags: ReleaseFlags,
  signal: AbortSignal,
): Promise<ReleasePlan> {
  const project = await openProject(machine, flags.config);
  const request = await requestOf(machine, project, flags, (platform) => whyNot(machine, platform));
  const repository = await existingRepository(machine, project, request.name, signal);
  const git = gitIn(project.root, machine.env);
  return makePlan(request, basesOf(request.build, hostPlatform()), repository, { git, signal });
}

async function requestOf(
  machine: Machine,
  project: Project,
  { forceTags = false }: ReleaseFlags,
  cannotRun: ReleaseRequest["cannotRun"],
): Promise<ReleaseRequest> {
  const { config, root, source } = project;
  const platforms = parsePlatforms(config.platforms);
  const tags = await tagsOf(machine, project);
  const standard = standardLabels(project, tags);
  const build: BuildRequest = {
    ...(await commonRequest(machine, project, platforms)),
    ...(await readBuildFiles(root, config)),
    ...(config.target === undefined ? {} : { target: config.target }),
    args: config.args,
    labels: { ...standard, ...config.labels },
    annotations: { ...standard, ...config.annotations },
  };
  return {
    name: imageName(project),
    build,
    verify: verifyOf(config.verify),
    source,
    tags,
    forceTags,
    trigger: { who: machine.user, what: "seaworthy release" },
    cannotRun,
  };
}

/** The tags of the event that this release is for; the commit they stand for is the one that is built. */
async function tagsOf(machine: Machine, { source }: Project): Promise<TagPlan> {
  const event = await eventOf(machine, {}, source);
  checkSource(event, source);
  const revision = source.revision ?? event.revision;
  return planTags({ ...event, ...(revision === undefined ? {} : { revision }) }, { now: Date.now() });
}

/** Without a registry in its name an image goes to the embedded one. */
export function imageName({ config, root }: Project): string {
  const image = config.image ?? nameOfFolder(root);
  const [first = ""] = image.split("/");
  const hasRegistry = image.includes("/") && (/[.:]/.test(first) || first === "localhost");
  return hasRegistry ? image : `127.0.0.1:${config.registry.port}/${image}`;
}

/** Distribution spec, names: lower case, letters and digits with single marks between them. */
function nameOfFolder(root: string): string {
  const words = basename(root)
    .toLowerCase()
    .match(/[a-z0-9]+/g) ?? ["image"];
  return words.join("-");
}

/** OCI image spec, annotations.md; the same on the image's config, its manifests and the index. */
function standardLabels({ source }: Project, { version }: TagPlan): Readonly<Record<string, string>> {
  const { revision, url, dirty } = source;
  return {
    "org.opencontainers.image.version": version,
    ...(revision === undefined
      ? {}
      : { "org.opencontainers.image.revision": dirty ? `${revision}-dirty` : revision }),
    ...(url === undefined ? {} : { "org.opencontainers.image.source": url }),
  };
}

/** Without a word about it: the image has to start as it is and stay up. */
function verifyOf(config: Project["config"]["verify"]): VerifyConfig {
  if (config === undefined) {
    const service = { name: "starts", healthyWithin: 10_000, stopsWithin: 10_000 };
    return { services: [service], rejects: [], allowRoot: true };
  }
  const services = config.services.map(({ name, args, env, http, healthyWithin, stopsWithin }) => ({
    name,
    healthyWithin,
    stopsWithin,
    ...(args === undefined ? {} : { args }),
    ...(env === undefined ? {} : { env }),
    ...(http === undefined ? {} : { http }),
  }));
  return { services, rejects: config.rejects, allowRoot: config.allowRoot };
}

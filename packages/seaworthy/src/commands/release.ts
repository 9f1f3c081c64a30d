import { type BuildRequest, type Progress, basesOf } from "@seaworthy/builder";
import { checkRepository, formatPlatform, hostPlatform, parsePlatform } from "@seaworthy/oci";
import {
  type ReleasePlan,
  type ReleaseRequest,
  type ReleaseResult,
  type VerifyConfig,
  makePlan,
  release,
  tagsFor,
} from "@seaworthy/release";
import { basename } from "node:path";
import type { Machine } from "../machine/machine.ts";
import { type Workshop, openWorkshop } from "../machine/workshop.ts";
import { commonRequest } from "./build.ts";
import { type Project, openProject, readBuildFiles } from "./context.ts";
import { destinationOf } from "./destination.ts";

export interface ReleaseFlags {
  readonly config?: string;
}

interface Prepared {
  readonly request: ReleaseRequest;
  readonly workshop: Workshop;
}

export async function runRelease(
  machine: Machine,
  flags: ReleaseFlags,
  progress: Progress,
  signal: AbortSignal,
  onPlan: (plan: ReleasePlan) => void,
): Promise<{ readonly result: ReleaseResult }> {
  const prepared = await prepare(machine, flags, signal);
  const { workshop, request } = prepared;
  try {
    const repository = repositoryFor(prepared);
    const plan = await makePlan(request, basesOf(request.build, hostPlatform()), repository, signal);
    onPlan(plan);
    const tools = {
      ...workshop,
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

export async function runPlan(
  machine: Machine,
  flags: ReleaseFlags,
  signal: AbortSignal,
): Promise<ReleasePlan> {
  const prepared = await prepare(machine, flags, signal);
  const { request } = prepared;
  return makePlan(request, basesOf(request.build, hostPlatform()), repositoryFor(prepared), signal);
}

function repositoryFor({ request, workshop }: Prepared): ReturnType<Workshop["layout"]["repository"]> {
  return destinationOf(request.name, workshop);
}

async function prepare(machine: Machine, flags: ReleaseFlags, signal: AbortSignal): Promise<Prepared> {
  const project = await openProject(machine, flags.config);
  const { config, root, source, storeDir } = project;
  const platforms = (config.platforms ?? [formatPlatform(hostPlatform())]).map((text) => parsePlatform(text));
  const workshop = await openWorkshop(machine, { storeDir, trust: config.trust, signal });
  const files = await readBuildFiles(root, config);
  const build: BuildRequest = {
    ...(await commonRequest(machine, project, platforms)),
    ...files,
    ...(config.target === undefined ? {} : { target: config.target }),
    args: config.args,
    labels: { ...standardLabels(project), ...config.labels },
    annotations: { ...standardLabels(project), ...config.annotations },
  };
  const request: ReleaseRequest = {
    name: imageName(project),
    build,
    verify: verifyOf(config.verify),
    source,
    trigger: { who: machine.user, what: "seaworthy release" },
    cannotRun: workshop.cannotRun,
  };
  return { request, workshop };
}

/** Without a registry in its name an image goes to the embedded one. */
export function imageName({ config, root }: Project): string {
  const image =
    config.image ??
    basename(root)
      .toLowerCase()
      .replaceAll(/[^a-z0-9._-]+/g, "-");
  const [first = ""] = image.split("/");
  const hasRegistry = image.includes("/") && (/[.:]/.test(first) || first === "localhost");
  const name = hasRegistry ? image : `127.0.0.1:${config.registry.port}/${image}`;
  checkRepository(name.slice(name.indexOf("/") + 1));
  return name;
}

/** OCI image spec, annotations.md; the same on the image's config, its manifests and the index. */
function standardLabels({ source }: Project): Readonly<Record<string, string>> {
  const { revision, url, dirty } = source;
  return {
    "org.opencontainers.image.version": tagsFor(source).version,
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

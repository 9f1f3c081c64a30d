import { resolve } from "node:path";
import type { BuildRequest } from "@seaworthy/builder";
import {
  type Gate,
  type ReleaseRequest,
  type TagPlan,
  type TestPlan,
  type VerifyConfig,
  checkSource,
  mayPush,
  planTags,
  policyGate,
  sizeBudget,
} from "@seaworthy/release";
import { secretsGate, secretsInSources } from "../examine/secrets.ts";
import type { Machine } from "../machine/machine.ts";
import { commonRequest, parsePlatforms } from "./build.ts";
import { type Project, readBuildFiles } from "./context.ts";
import { type EventOptions, type RunEvent, eventOf } from "./event.ts";
import { imageName } from "./image-name.ts";
import { type ToldOfScans, scanPartsOf } from "./scan-release.ts";
import { policyOf } from "./tag-policy.ts";

export interface RequestFlags extends EventOptions {
  /** In place of the config's. */
  readonly image?: string;
  /** Move tags also where git does not say that they go forward. */
  readonly forceTags?: boolean;
}

/** Config, flags and the event as what is to be released. */
export async function requestOf(
  machine: Machine,
  project: Project,
  flags: RequestFlags,
  cannotRun: ReleaseRequest["cannotRun"],
  onScans?: ToldOfScans,
): Promise<ReleaseRequest> {
  const { config, root, source } = project;
  const platforms = parsePlatforms(config.platforms);
  const event = await runEvent(machine, project, flags);
  const tags = planTags(event, policyOf(config.tags, Date.now()));
  const allowed = mayPush(event);
  const standard = standardLabels(project, tags);
  const scan = scanPartsOf(machine, project, onScans);
  const build: BuildRequest = {
    ...(await commonRequest(machine, project, platforms)),
    ...(await readBuildFiles(root, config)),
    ...(config.target === undefined ? {} : { target: config.target }),
    args: config.args,
    labels: { ...standard, ...config.labels },
    annotations: { ...standard, ...config.annotations },
  };
  return {
    name: imageName(project, flags.image),
    build,
    tests: testsOf(project),
    verify: verifyOf(config.verify),
    examinations: scan.examinations,
    sources: config.secrets ? [secretsInSources(machine, project)] : [],
    gates: [...gatesOf(config), ...scan.gates, ...(config.secrets ? [secretsGate()] : [])],
    source,
    tags,
    forceTags: flags.forceTags ?? false,
    trigger: triggerOf(event, machine),
    ...(allowed.push ? {} : { noPush: allowed.reason }),
    cannotRun,
  };
}

/** The event that this release is for; the commit it is about is the one that is built. */
async function runEvent(machine: Machine, { source }: Project, flags: RequestFlags): Promise<RunEvent> {
  const event = await eventOf(machine, flags, source);
  checkSource(event, source);
  const revision = source.revision ?? event.revision;
  return { ...event, ...(revision === undefined ? {} : { revision }) };
}

/** `push refs/heads/main` by whoever pushed; from a shell the command itself, by whoever typed it. */
function triggerOf(event: RunEvent, { user }: Machine): ReleaseRequest["trigger"] {
  const what = event.name === "git" ? "seaworthy release" : [event.name, event.ref].filter(Boolean).join(" ");
  // What was built is a merge that only the CI knows; people know the commit they pushed.
  const commit = (event.kind === "pull-request" ? event.headRevision : undefined) ?? event.revision;
  return {
    who: event.actor ?? user,
    what,
    ...(commit === undefined || event.dirty ? {} : { commit }),
  };
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

function testsOf({ config, root }: Project): TestPlan {
  return config.tests.map((group) => group.map((test) => ({ ...test, cwd: resolve(root, test.cwd) })));
}

function gatesOf({ size, policies }: Project["config"]): readonly Gate[] {
  const budget = {
    ...(size.max === undefined ? {} : { max: size.max }),
    ...(size.growth === undefined ? {} : { growth: size.growth }),
  };
  return [...(Object.keys(budget).length === 0 ? [] : [sizeBudget(budget)]), ...policies.map(policyGate)];
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

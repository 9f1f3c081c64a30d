import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { BuildRequest, BuildResult, Progress } from "@seaworthy/builder";
import {
  type Descriptor,
  formatPlatform,
  hostPlatform,
  type Reference,
  parsePlatform,
  parseReference,
} from "@seaworthy/oci";
import { readImageName } from "../config/image-name.ts";
import { CliError } from "../error.ts";
import { formatMs } from "../progress/format.ts";
import type { Machine } from "../machine/machine.ts";
import { readLock } from "../machine/read-lock.ts";
import { openWorkshop } from "../machine/workshop.ts";
import { parseOutput, parsePairs, parseSecrets } from "./build-options.ts";
import { type Project, openProject, readBuildFiles } from "./context.ts";
import { nameInStore, writeOutput } from "./output.ts";

/** Files made by a build are as old as the oldest time every archive format can hold. */
export const LAYER_EPOCH = Date.UTC(1980, 0, 1) / 1_000;

/** The flags of `docker buildx build`, with its meaning. */
export interface BuildFlags {
  readonly file?: string;
  readonly tag: readonly string[];
  readonly target?: string;
  readonly platform: readonly string[];
  readonly buildArg: readonly string[];
  readonly buildContext: readonly string[];
  readonly secret: readonly string[];
  readonly output?: string;
  readonly cache: boolean;
  readonly label: readonly string[];
  readonly annotation: readonly string[];
  readonly metadataFile?: string;
  readonly iidfile?: string;
  readonly config?: string;
}

export interface BuildOutcome {
  readonly result: BuildResult;
  readonly lines: readonly string[];
}

/** Builds a folder; without a config too. Gives the digest reference and what to say about it. */
export async function runBuild(
  machine: Machine,
  context: string | undefined,
  flags: BuildFlags,
  progress: Progress,
  signal: AbortSignal,
): Promise<BuildOutcome> {
  const started = performance.now();
  const warn = (message: string): void => progress({ type: "warning", message });
  const project = await openProject(machine, flags.config, warn);
  const output = parseOutput(flags.output, machine.cwd);
  const names = flags.tag.map((text) => nameOf(text, warn));
  const workshop = await openWorkshop(machine, {
    storeDir: project.storeDir,
    trust: project.config.trust,
    warn,
    signal,
  });
  try {
    const request = await requestOf(machine, project, context, flags);
    const result = await workshop.engine.build(request, progress, signal);
    for (const name of names) {
      await workshop.layout.repository(nameInStore(name)).tag(result.index, name.tag ?? "latest", signal);
    }
    await writeOutput({ index: result.index, names }, output, workshop, signal);
    await writeFacts(result.index, machine.cwd, flags);
    const lines = [`built ${result.index.digest} in ${formatMs(performance.now() - started)}`];
    return { result, lines };
  } finally {
    await workshop.close();
  }
}

async function requestOf(
  machine: Machine,
  project: Project,
  context: string | undefined,
  flags: BuildFlags,
): Promise<BuildRequest> {
  const { config, root } = project;
  const base = context === undefined ? { root, context: config.context } : { root: machine.cwd, context };
  const dockerfile = flags.file ?? (context === undefined ? config.dockerfile : undefined);
  const wanted =
    flags.platform.length > 0 ? flags.platform.flatMap((text) => text.split(",")) : config.platforms;
  const files = await readBuildFiles(base.root, { context: base.context, dockerfile });
  return {
    ...(await commonRequest(machine, project, parsePlatforms(wanted))),
    ...files,
    contexts: namedContexts(machine.cwd, parsePairs("--build-context", flags.buildContext)),
    ...targetOf(flags.target ?? (context === undefined ? config.target : undefined)),
    args: { ...config.args, ...parsePairs("--build-arg", flags.buildArg, machine.env) },
    labels: { ...config.labels, ...parsePairs("--label", flags.label) },
    annotations: { ...config.annotations, ...parsePairs("--annotation", flags.annotation) },
    secrets: parseSecrets(flags.secret, machine),
    noCache: !flags.cache,
  };
}

/** What a build and a release have in common: platforms, bases, times and patience. */
export async function commonRequest(
  machine: Machine,
  project: Project,
  platforms: BuildRequest["platforms"],
): Promise<Pick<BuildRequest, "platforms" | "bases" | "epoch" | "created" | "retries">> {
  const needed = [...new Set([...platforms, hostPlatform()].map((platform) => formatPlatform(platform)))].map(
    parsePlatform,
  );
  const bases = await basesOfConfig(machine, project, needed);
  const fixed = sourceDateEpoch(machine);
  const { config, source } = project;
  return {
    platforms,
    bases,
    retries: config.build.retries,
    epoch: fixed ?? LAYER_EPOCH,
    created: fixed ?? source.committed ?? LAYER_EPOCH,
  };
}

/** A project without assembled bases loads nothing of what assembles them. */
async function basesOfConfig(
  machine: Machine,
  { config, root }: Pick<Project, "config" | "root">,
  platforms: BuildRequest["platforms"],
): Promise<NonNullable<BuildRequest["bases"]>> {
  if (Object.keys(config.bases).length === 0) return {};
  const { assembledBases } = await import("../machine/bases.ts");
  return assembledBases(
    config.bases as Parameters<typeof assembledBases>[0],
    await readLock(root),
    platforms,
    {
      archive: async () => (await import("../machine/mirrors.ts")).openArchive(machine, config.mirrors),
      cacheDir: join(machine.cacheDir, "packages"),
    },
  );
}

/** https://reproducible-builds.org/specs/source-date-epoch/ */
function sourceDateEpoch({ env }: Machine): number | undefined {
  const text = env["SOURCE_DATE_EPOCH"];
  if (text === undefined || text === "") return undefined;
  if (!/^\d{1,12}$/.test(text)) {
    throw new CliError(
      "usage",
      `SOURCE_DATE_EPOCH: found ${JSON.stringify(text)}, expected seconds since 1970`,
    );
  }
  return Number(text);
}

/** This machine's where nobody says; each once, however it is written. */
export function parsePlatforms(texts: readonly string[] | undefined): BuildRequest["platforms"] {
  const platforms = texts?.map((text) => parsePlatform(text)) ?? [hostPlatform()];
  return [...new Map(platforms.map((platform) => [formatPlatform(platform), platform])).values()];
}

function targetOf(target: string | undefined): { readonly target?: string } {
  return target === undefined ? {} : { target };
}

function namedContexts(
  cwd: string,
  pairs: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(pairs).map(([name, where]) => [name, where.includes("://") ? where : resolve(cwd, where)]),
  );
}

/** @throws CliError `usage` where a name has a digest: it is the build that makes one */
function nameOf(text: string, warn: (message: string) => void): Reference {
  const { name, suffix, warning } = readImageName(text);
  if (suffix.includes("@")) throw new CliError("usage", `--tag ${text}: expected a name without digest`);
  if (warning !== undefined) warn(`--tag: ${warning}`);
  return parseReference(`${name}${suffix}`);
}

async function writeFacts(
  index: Descriptor,
  cwd: string,
  { iidfile, metadataFile }: Pick<BuildFlags, "iidfile" | "metadataFile">,
): Promise<void> {
  if (iidfile !== undefined) await writeFile(resolve(cwd, iidfile), index.digest);
  if (metadataFile === undefined) return;
  const metadata = { "containerimage.digest": index.digest, "containerimage.descriptor": index };
  await writeFile(resolve(cwd, metadataFile), `${JSON.stringify(metadata, null, 2)}\n`);
}

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Dockerfile, parseDockerfile, parseDockerignore } from "@seaworthy/dockerfile";
import { type Layout, type Platform, formatPlatform, hexOf, digestOf } from "@seaworthy/oci";
import type { Sandbox, Snapshots } from "@seaworthy/sandbox";
import pLimit from "p-limit";
import type { BuildRequest, BuildResult, Engine } from "../engine.ts";
import { type Progress, step } from "../events.ts";
import type { Pull } from "./base.ts";
import { exportImage, exportIndex } from "./export.ts";
import type { FileTree } from "./file-tree.ts";
import { type FileHasher, fileHasher } from "./hash-cache.ts";
import { createLayers } from "./layers.ts";
import { openRecords } from "./records.ts";
import { singleFlight } from "./single-flight.ts";
import { type Parts, buildTargets } from "./stages.ts";
import type { StageState } from "./state.ts";
import { withEnv } from "./configure.ts";
import { DEFAULT_PATH, envOf } from "./state.ts";
import { trustOf } from "./trust.ts";

/** What the native engine needs of the machine. Snapshots and sandbox are asked for on first use only. */
export interface NativeEngineOptions {
  readonly out: Layout;
  /** Absolute; kept between builds. */
  readonly cacheDir: string;
  /** Absolute; for what steps need while they run. Default `scratch` in the cache. */
  readonly scratchDir?: string;
  readonly snapshots: () => Snapshots;
  readonly sandbox: () => Sandbox;
  readonly cannotRun: (platform: Platform) => string | undefined;
  readonly buildPlatform: Platform;
  readonly pull: Pull;
  /** The host's CA bundle for RUN steps; undefined turns it off. */
  readonly caBundle?: string;
  readonly proxies?: Readonly<Record<string, string>>;
  /** How many RUN steps at once. */
  readonly parallel: number;
  /** Nanoseconds since 1970. */
  readonly now: () => bigint;
}

/** Where a repository keeps its store; it lies in the context of whoever builds the repository's root. */
const STORE = ".seaworthy";

export function createNativeEngine(options: NativeEngineOptions): Engine {
  const records = openRecords(join(options.cacheDir, "records"));
  return {
    async build(request, progress, signal): Promise<BuildResult> {
      const file = parseDockerfile(request.dockerfile.text, { file: request.dockerfile.path });
      for (const { message, range } of file.warnings) {
        progress({ type: "warning", message: `${file.file}:${range.start.line}: ${message}` });
      }
      const hasher = fileHasher(records, hexOf(digestOf(request.context)), options.now);
      const counts = { cached: 0, total: 0 };
      const layers = createLayers({ snapshots: options.snapshots, records, progress });
      const shop = shopOf(options, request, file, hasher);
      const parts = { ...shop, layers, records, signal, progress: counting(progress, counts) };
      const states = await buildTargets(parts);
      hasher.save();
      const index = await exportAll(states, request, options.out, parts);
      return { index, warnings: file.warnings.map(({ message }) => message), steps: counts };
    },
  };
}

function shopOf(
  options: NativeEngineOptions,
  request: BuildRequest,
  file: Dockerfile,
  hasher: FileHasher,
): Omit<Parts, "layers" | "records" | "signal" | "progress"> {
  const dirs = {
    mounts: join(options.cacheDir, "mounts"),
    scratch: options.scratchDir ?? join(options.cacheDir, "scratch"),
  };
  for (const dir of Object.values(dirs)) mkdirSync(dir, { recursive: true, mode: 0o700 });
  const limit = pLimit(options.parallel);
  const hash: FileTree["hash"] = (absolute, stats) => hasher.hash(absolute, stats);
  const { ignore } = request;
  return {
    request,
    file,
    buildPlatform: options.buildPlatform,
    snapshots: options.snapshots,
    sandbox: options.sandbox,
    cannotRun: options.cannotRun,
    context: {
      name: "the build context",
      root: request.context,
      keepOwner: false,
      hash,
      hidden: (path) => path === STORE || path.startsWith(`${STORE}/`),
      ...(ignore === undefined
        ? {}
        : { ignore: { file: ignore.path, rules: parseDockerignore(ignore.text, { file: ignore.path }) } }),
    },
    namedContext: (name) => {
      const root = request.contexts?.[name];
      if (root === undefined || root.startsWith("docker-image://")) return undefined;
      return { name: `context ${JSON.stringify(name)}`, root, keepOwner: false, hash };
    },
    pull: options.pull,
    trust: () => trustOf(options.caBundle),
    proxies: options.proxies ?? {},
    dirs,
    limit: (work) => limit(work),
    once: singleFlight<void>(),
  };
}

async function exportAll(
  states: readonly StageState[],
  request: BuildRequest,
  out: Layout,
  parts: Parts,
): Promise<BuildResult["index"]> {
  const annotations = request.annotations ?? {};
  const target = { layers: parts.layers, out, created: request.created, annotations };
  const manifests = await Promise.all(
    states.map((state) => {
      const name = `[${formatPlatform(state.platform)}] export`;
      return step(parts.progress, { id: name, name }, async () => {
        const image = { platform: state.platform, config: finalConfig(state, request), steps: state.steps };
        return { value: await exportImage(image, target, parts.signal) };
      });
    }),
  );
  return exportIndex(manifests, target);
}

/** `--label` wins over LABEL; an image always has a PATH, as BuildKit sees to. */
function finalConfig({ config }: StageState, request: BuildRequest): StageState["config"] {
  const labels = { ...config.Labels, ...request.labels };
  const sorted = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return {
    ...config,
    ...(envOf(config).has("PATH")
      ? {}
      : { Env: withEnv({}, [{ key: "PATH", value: DEFAULT_PATH }]).concat(config.Env ?? []) }),
    ...(sorted.length === 0 ? {} : { Labels: Object.fromEntries(sorted) }),
  };
}

function counting(progress: Progress, counts: { cached: number; total: number }): Progress {
  return (event) => {
    if (event.type === "end") {
      counts.total += 1;
      if (event.status === "cached") counts.cached += 1;
    }
    progress(event);
  };
}

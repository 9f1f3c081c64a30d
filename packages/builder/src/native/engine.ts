import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { PROXY_ARGS, parseDockerfile } from "@seaworthy/dockerfile";
import {
  type Clock,
  type Descriptor,
  type Layout,
  type Place,
  type Platform,
  digestOf,
  formatPlatform,
  hexOf,
  systemClock,
} from "@seaworthy/oci";
import { type FileCalls, type Sandbox, type Snapshots, fileCalls } from "@seaworthy/sandbox";
import pLimit from "p-limit";
import type { BuildRequest, BuildResult, Engine } from "../engine.ts";
import { BuilderError } from "../error.ts";
import { type Progress, type StepResult, step } from "../events.ts";
import { placeIn } from "./blame.ts";
import type { FileTree } from "./files/file-tree.ts";
import { fileHasher } from "./files/hash-cache.ts";
import { mainContext, namedContext } from "./files/trees.ts";
import type { Pull } from "./image/base.ts";
import { exportImage, exportIndex } from "./image/export.ts";
import type { Layer } from "./image/layer.ts";
import { createLayers } from "./image/layers.ts";
import { type Records, openRecords } from "./records.ts";
import { trustOf } from "./run/trust.ts";
import { onceEach } from "./single-flight.ts";
import { type Parts, buildTargets } from "./stages.ts";
import type { StageState } from "./state.ts";
import { summing } from "./summing.ts";
import { together } from "./together.ts";

/** What the native engine needs of the machine. Snapshots and sandbox are asked for on first use only. */
export interface NativeEngineOptions {
  readonly out: Layout;
  /** Absolute; kept between builds. */
  readonly cacheDir: string;
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
  /** For waits between two runs of a step. */
  readonly clock?: Clock;
}

/** Builds by itself: no daemon, no other tool than an OCI runtime, and that only where something has to run. */
export function createNativeEngine(options: NativeEngineOptions): Engine {
  const records = openRecords(join(options.cacheDir, "records"));
  return {
    async build(request, progress, signal) {
      if (signal.aborted) throw stopped(signal);
      const failing = new AbortController();
      const inner = AbortSignal.any([signal, failing.signal]);
      try {
        return await build(options, records, request, progress, inner, (reason) => failing.abort(reason));
      } catch (error) {
        if (signal.aborted) throw stopped(signal);
        // What was ended for another's failure may be heard first: the failure is why.
        throw failing.signal.aborted && isStop(error) ? failing.signal.reason : error;
      }
    },
  };
}

/** As Node says it, or our own packages. */
function isStop(error: unknown): boolean {
  const { name, code } = error as { readonly name?: string; readonly code?: string };
  return name === "AbortError" || code === "aborted";
}

function stopped({ reason }: AbortSignal): BuilderError {
  return new BuilderError("aborted", "the build was stopped", { cause: reason });
}

async function build(
  options: NativeEngineOptions,
  records: Records,
  request: BuildRequest,
  progress: Progress,
  signal: AbortSignal,
  stop: (reason: unknown) => void,
): Promise<BuildResult> {
  const file = parseDockerfile(request.dockerfile.text, { file: request.dockerfile.path });
  const warnings: string[] = [];
  const warn = (message: string, place?: Place): void => {
    if (warnings.includes(message)) return;
    warnings.push(message);
    progress({ type: "warning", message, ...(place === undefined ? {} : { place }) });
  };
  for (const { message, range } of file.warnings) {
    warn(`${file.file}:${range.start.line}: ${message}`, placeIn(file, range));
  }
  const hasher = fileHasher(records, hexOf(digestOf(request.context)), options.now);
  const hash: FileTree["hash"] = (absolute, stats) => hasher.hash(absolute, stats);
  const steps = { cached: 0, total: 0 };
  const count = (cached: boolean): void => {
    steps.total += 1;
    if (cached) steps.cached += 1;
  };
  const layers = createLayers({
    out: options.out,
    snapshots: options.snapshots,
    records,
    progress,
    parallel: options.parallel,
  });
  const begun: Promise<unknown>[] = [];
  const early = (layer: Layer): void => {
    begun.push(layers.export(layer, () => {}, signal).catch(stop));
  };
  const about = { request, file, layers, records, progress, signal, stop, warn, count, early };
  const parts: Parts = { ...about, ...machineOf(options, request), ...contextsOf(request, hash) };
  try {
    const states = await buildTargets(parts);
    const index = await exportAll(states, options.out, parts);
    return { index, warnings, steps };
  } finally {
    await Promise.all(begun);
    hasher.save();
  }
}

function contextsOf(request: BuildRequest, hash: FileTree["hash"]): Pick<Parts, "context" | "namedContext"> {
  const named = new Map<string, FileTree | undefined>();
  return {
    context: mainContext(request, hash),
    namedContext(name) {
      if (!named.has(name)) named.set(name, namedContext(request, name, hash));
      return named.get(name);
    },
  };
}

type MachineParts = Omit<
  Parts,
  | "request"
  | "file"
  | "layers"
  | "records"
  | "progress"
  | "signal"
  | "stop"
  | "warn"
  | "count"
  | "early"
  | "context"
  | "namedContext"
>;

function machineOf(options: NativeEngineOptions, request: BuildRequest): MachineParts {
  const { snapshots, sandbox, cannotRun, buildPlatform, pull, caBundle, proxies, parallel } = options;
  const { clock = systemClock } = options;
  const mountsDir = join(options.cacheDir, "mounts");
  mkdirSync(mountsDir, { recursive: true, mode: 0o700 });
  const limit = pLimit(parallel);
  let calls: FileCalls | undefined;
  const hashes = new Map<string, Map<string, string>>();
  const given = Object.entries(request.args ?? {}).filter(([name]) => PROXY_ARGS.has(name));
  return {
    buildPlatform,
    snapshots,
    sandbox,
    cannotRun,
    pull,
    clock,
    mountsDir,
    files: () => (calls ??= fileCalls()),
    trust: () => trustOf(caBundle),
    proxies: { ...proxies, ...Object.fromEntries(given) },
    limit: (work) => limit(work),
    runs: onceEach(),
    stageHashes(layers) {
      const known = hashes.get(layers) ?? new Map<string, string>();
      hashes.set(layers, known);
      return known;
    },
  };
}

async function exportAll(states: readonly StageState[], out: Layout, parts: Parts): Promise<Descriptor> {
  const { progress, signal, stop, request } = parts;
  const manifests = await together(
    states.map((state) => {
      const name = `[${formatPlatform(state.platform)}] export`;
      const advance = summing((done) => progress({ type: "advance", id: name, done }));
      const work = async (): Promise<StepResult<Descriptor>> => ({
        value: await exportImage(state, { ...parts, out, advance }, signal),
      });
      return step(progress, { id: name, name }, work, signal);
    }),
    stop,
  );
  return exportIndex(manifests, out, request.annotations);
}

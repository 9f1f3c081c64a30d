import {
  type SelectedStage,
  type StageSelection,
  type StageSource,
  expandWord,
  globalArgs,
  parseTrigger,
  platformArgs,
  selectStages,
} from "@seaworthy/dockerfile";
import { type Platform, formatPlatform, parsePlatform, samePlatform } from "@seaworthy/oci";
import { step } from "../events.ts";
import { type Base, SCRATCH, assembledBase, pulledBase } from "./base.ts";
import { blameOn, failAt } from "./blame.ts";
import type { FileTree } from "./file-tree.ts";
import type { Shop } from "./shop.ts";
import { singleFlight } from "./single-flight.ts";
import { type ArgOf, buildStage } from "./stage.ts";
import { type StageState, stateOf } from "./state.ts";
import { isTargetFree } from "./target-free.ts";

/** `shop` without its `source`, which is made here from the stages themselves. */
export type Parts = Omit<Shop, "source">;

/** One target platform's view of the file: its variables and the stages it reaches. */
interface Scope {
  readonly target: Platform;
  readonly automatic: ReadonlyMap<string, string>;
  readonly globals: ReadonlyMap<string, string>;
  readonly selection: StageSelection;
  readonly stages: ReadonlyMap<number, SelectedStage>;
}

/** The target stage for every platform. A stage it does not reach never runs; one that platforms share runs once. */
export function buildTargets(parts: Parts): Promise<readonly StageState[]> {
  const results = new Map<string, Promise<StageState>>();
  const bases = baseImages(parts);

  const build = (scope: Scope, index: number): Promise<StageState> => {
    const selected = scope.stages.get(index)!;
    const shared = isTargetFree(parts.file, selected, scope.stages);
    const key = shared ? String(index) : `${index} for ${formatPlatform(scope.target)}`;
    const present = results.get(key);
    if (present !== undefined) return present;
    const started = buildOne(scope, selected);
    results.set(key, started);
    return started;
  };

  const buildOne = async (scope: Scope, selected: SelectedStage): Promise<StageState> => {
    const { stage } = selected;
    const platform = platformOf(parts, scope, selected);
    const label = labelOf(parts, selected, platform);
    const shop: Shop = { ...parts, source: (from) => sourceOf(scope, selected, from) };
    const { state, triggers } = await startOf(scope, selected, platform, label);
    const instructions = [...triggers, ...stage.instructions];
    return buildStage(shop, instructions, state, argsOf(parts, scope), label);
  };

  const startOf = async (scope: Scope, { stage, base, triggers }: SelectedStage, platform: Platform, label: string) => {
    if (base.type === "stage") {
      const { OnBuild: _, ...config } = (await build(scope, base.stage.index)).config;
      const state = { ...(await build(scope, base.stage.index)), config, platform, args: new Map<string, string>() };
      return { state, triggers };
    }
    const image = base.type === "scratch" ? "scratch" : base.name;
    const name = `[${label} 1/${stage.instructions.length + 1}] FROM ${image}`;
    try {
      const found = await step(parts.progress, { id: name, name }, async () => ({ value: await bases(image, platform) }));
      const { OnBuild = [], ...config } = found.config;
      const inherited = OnBuild.map((text) => parseTrigger(text, { file: `ONBUILD of ${image}` }));
      return { state: stateOf({ ...found, config }, platform), triggers: inherited };
    } catch (error) {
      throw blameOn(parts.file, stage.from.range, error);
    }
  };

  const sourceOf = async (scope: Scope, { sources }: SelectedStage, from: string): Promise<StageState | FileTree> => {
    const source: StageSource = sources.get(from) ?? { type: "external", name: from };
    if (source.type === "stage") return build(scope, source.stage.index);
    if (source.type === "scratch") return stateOf(SCRATCH, scope.target);
    const tree = parts.namedContext(source.name);
    return tree ?? stateOf(await bases(source.name, scope.target), scope.target);
  };

  return Promise.all(
    parts.request.platforms.map((target) => {
      const scope = scopeOf(parts, target);
      return build(scope, scope.selection.target.stage.index);
    }),
  );
}

function scopeOf(parts: Parts, target: Platform): Scope {
  const { file, request, buildPlatform } = parts;
  const automatic = platformArgs({ build: buildPlatform, target, ...(request.target === undefined ? {} : { stage: request.target }) });
  const globals = globalArgs(file, automatic, new Map(Object.entries(request.args ?? {})));
  const contexts = new Set(Object.keys(request.contexts ?? {}));
  const selection = selectStages(file, request.target, (raw) => expandWord(raw, globals, file.directives), { contexts });
  return { target, automatic, globals, selection, stages: new Map(selection.stages.map((one) => [one.stage.index, one])) };
}

/** A build argument wins over what is known by itself, that over the default, that over an ARG before the first FROM. */
function argsOf({ request }: Parts, { automatic, globals }: Scope): ArgOf {
  return (name, fallback) => request.args?.[name] ?? automatic.get(name) ?? fallback ?? globals.get(name);
}

/** Every image is looked up once, however many stages start from it. */
function baseImages(parts: Parts): (image: string, platform: Platform) => Promise<Base> {
  const { request, pull, signal } = parts;
  const flight = singleFlight<Base>();
  return (image, platform) =>
    flight(`${image} ${formatPlatform(platform)}`, async () => {
      if (image === "scratch") return SCRATCH;
      const named = request.contexts?.[image];
      const reference = named?.startsWith("docker-image://") === true ? named.slice("docker-image://".length) : image;
      const assembled = request.bases?.[reference];
      if (assembled !== undefined) return assembledBase(reference, assembled, platform);
      return pulledBase(reference, platform, pull, signal);
    });
}

function platformOf(parts: Parts, scope: Scope, { stage, base }: SelectedStage): Platform {
  const { platform } = stage.from;
  if (platform === undefined) {
    return base.type === "stage" ? platformOf(parts, scope, scope.stages.get(base.stage.index)!) : scope.target;
  }
  const text = expandWord(platform, scope.globals, parts.file.directives);
  if (text === "") failAt(parts.file, stage.from.range, "base-platform")(`--platform=${platform} expands to nothing`);
  return parsePlatform(text);
}

function labelOf({ request, buildPlatform }: Parts, { stage }: SelectedStage, platform: Platform): string {
  const name = stage.name ?? `stage-${stage.index}`;
  const alone = request.platforms.length === 1 && samePlatform(platform, buildPlatform);
  return alone ? name : `${formatPlatform(platform)} ${name}`;
}


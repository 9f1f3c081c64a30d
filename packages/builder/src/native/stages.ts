import {
  type Instruction,
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
import { type StepResult, step } from "../events.ts";
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
  const build = new StageBuilds(parts);
  return Promise.all(parts.request.platforms.map((target) => build.target(scopeOf(parts, target))));
}

class StageBuilds {
  readonly #parts: Parts;
  readonly #results = new Map<string, Promise<StageState>>();
  readonly #image: (image: string, platform: Platform) => Promise<Base>;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#image = baseImages(parts);
  }

  target(scope: Scope): Promise<StageState> {
    return this.#stage(scope, scope.selection.target.stage.index);
  }

  #stage(scope: Scope, index: number): Promise<StageState> {
    const selected = scope.stages.get(index)!;
    const shared = isTargetFree(this.#parts.file, selected, scope.stages);
    const key = shared ? String(index) : `${index} for ${formatPlatform(scope.target)}`;
    const present = this.#results.get(key);
    if (present !== undefined) return present;
    const started = this.#build(scope, selected, shared);
    this.#results.set(key, started);
    return started;
  }

  async #build(scope: Scope, selected: SelectedStage, shared: boolean): Promise<StageState> {
    const platform = platformOf(this.#parts, scope, selected);
    const label = labelOf(this.#parts, selected, platform, shared ? platform : scope.target);
    const shop: Shop = { ...this.#parts, source: (from) => this.#source(scope, selected, from) };
    const argOf = argsOf(this.#parts, scope);
    const { state, inherited } = await this.#start(scope, selected, platform, label);
    let now = state;
    for (const { text, instruction } of inherited) {
      // Its ranges are those of the trigger's own text, so errors must not mark lines of the Dockerfile.
      const file = { ...shop.file, file: "ONBUILD of the base", text };
      now = await buildStage({ ...shop, file }, [instruction], now, argOf, `${label} onbuild`);
    }
    return buildStage(shop, [...selected.triggers, ...selected.stage.instructions], now, argOf, label);
  }

  async #start(scope: Scope, selected: SelectedStage, platform: Platform, label: string): Promise<Start> {
    const { stage, base } = selected;
    if (base.type === "stage") {
      const before = await this.#stage(scope, base.stage.index);
      const { OnBuild: _, ...config } = before.config;
      return { state: { ...before, config, platform }, inherited: [] };
    }
    const image = base.type === "scratch" ? "scratch" : base.name;
    const name = `[${label} 1/${stage.instructions.length + 1}] FROM ${image}`;
    try {
      const work = async (): Promise<StepResult<Base>> => ({ value: await this.#image(image, platform) });
      const found = await step(this.#parts.progress, { id: name, name }, work);
      const { OnBuild = [], ...config } = found.config;
      const inherited = OnBuild.map((text) => ({
        text,
        instruction: parseTrigger(text, { file: `ONBUILD of ${image}` }),
      }));
      return { state: stateOf({ ...found, config }, platform), inherited };
    } catch (error) {
      throw blameOn(this.#parts.file, stage.from.range, error);
    }
  }

  async #source(scope: Scope, { sources }: SelectedStage, from: string): Promise<StageState | FileTree> {
    const source: StageSource = sources.get(from) ?? { type: "external", name: from };
    if (source.type === "stage") return this.#stage(scope, source.stage.index);
    if (source.type === "scratch") return stateOf(SCRATCH, scope.target);
    const tree = this.#parts.namedContext(source.name);
    return tree ?? stateOf(await this.#image(source.name, scope.target), scope.target);
  }
}

interface Start {
  readonly state: StageState;
  /** ONBUILD instructions in the config of the base image; they run first. */
  readonly inherited: readonly { readonly text: string; readonly instruction: Instruction }[];
}

function scopeOf(parts: Parts, target: Platform): Scope {
  const { file, request, buildPlatform } = parts;
  const automatic = platformArgs({
    build: buildPlatform,
    target,
    ...(request.target === undefined ? {} : { stage: request.target }),
  });
  const globals = globalArgs(file, automatic, new Map(Object.entries(request.args ?? {})));
  const contexts = new Set(Object.keys(request.contexts ?? {}));
  const selection = selectStages(file, request.target, (raw) => expandWord(raw, globals, file.directives), {
    contexts,
  });
  return {
    target,
    automatic,
    globals,
    selection,
    stages: new Map(selection.stages.map((one) => [one.stage.index, one])),
  };
}

/** A build argument wins over the default of an ARG, that over a platform argument and over an ARG before the first FROM. */
function argsOf({ request }: Parts, { automatic, globals }: Scope): ArgOf {
  return (name, fallback) => request.args?.[name] ?? fallback ?? automatic.get(name) ?? globals.get(name);
}

/** Every image is looked up once, however many stages start from it. */
function baseImages(parts: Parts): (image: string, platform: Platform) => Promise<Base> {
  const { request, pull, signal } = parts;
  const flight = singleFlight<Base>();
  return (image, platform) =>
    flight(`${image} ${formatPlatform(platform)}`, async () => {
      if (image === "scratch") return SCRATCH;
      const named = request.contexts?.[image];
      const reference =
        named?.startsWith("docker-image://") === true ? named.slice("docker-image://".length) : image;
      const assembled = request.bases?.[reference];
      if (assembled !== undefined) return assembledBase(reference, assembled, platform);
      return pulledBase(reference, platform, pull, signal);
    });
}

function platformOf(parts: Parts, scope: Scope, { stage, base }: SelectedStage): Platform {
  const { platform } = stage.from;
  if (platform === undefined) {
    return base.type === "stage"
      ? platformOf(parts, scope, scope.stages.get(base.stage.index)!)
      : scope.target;
  }
  const text = expandWord(platform, scope.globals, parts.file.directives);
  if (text === "")
    failAt(parts.file, stage.from.range, "base-platform")(`--platform=${platform} expands to nothing`);
  return parsePlatform(text);
}

/** `linux/amd64→linux/arm64 build` for a stage that runs here for another platform. */
function labelOf(
  { request, buildPlatform }: Parts,
  { stage }: SelectedStage,
  platform: Platform,
  target: Platform,
): string {
  const name = stage.name ?? `stage-${stage.index}`;
  const alone = request.platforms.length === 1 && samePlatform(platform, buildPlatform);
  if (alone) return name;
  const here = formatPlatform(platform);
  return samePlatform(platform, target) ? `${here} ${name}` : `${here}→${formatPlatform(target)} ${name}`;
}

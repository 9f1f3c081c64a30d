import {
  type Dockerfile,
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
import { blameOn, failAt } from "./blame.ts";
import type { FileTree } from "./files/file-tree.ts";
import { IMAGE } from "./files/trees.ts";
import { type Base, SCRATCH, assembledBase, folderBase, pulledBase } from "./image/base.ts";
import { own } from "./own.ts";
import { refuseAhead } from "./refuse.ts";
import type { Shop } from "./shop.ts";
import type { Layer } from "./image/layer.ts";
import { onceEach } from "./single-flight.ts";
import { type ArgOf, type Count, buildStage } from "./stage.ts";
import { type StageState, inherit, stateOf } from "./state.ts";
import { isTargetFree } from "./target-free.ts";
import { together } from "./together.ts";

/** `shop` without its `source`, which is made here from the stages themselves. */
export interface Parts extends Omit<Shop, "source"> {
  readonly count: Count;
  /** Begins to pack a layer that the image will have, beside the steps that follow. */
  readonly early: (layer: Layer) => void;
  /** Ends the build for a reason. */
  readonly stop: (reason: unknown) => void;
}

/** One target platform's view of the file: its variables and the stages it reaches. */
interface Scope {
  readonly target: Platform;
  readonly globals: ReadonlyMap<string, string>;
  readonly selection: StageSelection;
  readonly stages: ReadonlyMap<number, SelectedStage>;
}

/** The target stage for every platform. A stage it does not reach never runs; one that platforms share runs once. */
export async function buildTargets(parts: Parts): Promise<readonly StageState[]> {
  const scopes = parts.request.platforms.map((target) => scopeOf(parts, target));
  for (const scope of scopes) {
    for (const selected of scope.stages.values())
      refuseAhead(parts, selected, platformOf(parts, scope, selected));
  }
  const build = new StageBuilds(parts);
  try {
    return await together(
      scopes.map((scope) => build.target(scope)),
      parts.stop,
    );
  } finally {
    await build.ended();
  }
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

  /** When nothing goes on any more, whatever came of it. */
  async ended(): Promise<void> {
    for (let seen = -1; seen !== this.#results.size;) {
      seen = this.#results.size;
      await Promise.allSettled(this.#results.values());
    }
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
    this.#beginSources(scope, selected);
    const { state, triggers } = await this.#start(scope, selected, platform, label);
    const reached = withTriggers(this.#parts, scope, selected, triggers);
    const { sources } = reached.stages.get(selected.stage.index)!;
    const early = isExported(scope, selected) ? this.#parts.early : () => {};
    const shop = { ...this.#parts, early, source: (from: string) => this.#source(reached, sources, from) };
    state.layers.forEach(early);
    const argOf = argsOf(this.#parts, scope);
    let now = state;
    for (const { file, instruction } of triggers) {
      // Its ranges are those of the trigger's own text, so errors must not mark lines of the Dockerfile.
      now = await buildStage({ ...shop, file }, [instruction], now, argOf, `${label} onbuild`);
    }
    return buildStage(shop, [...selected.triggers, ...selected.stage.instructions], now, argOf, label);
  }

  /** Stages that are copied from run beside the one that copies; who needs them hears of their failure. */
  #beginSources(scope: Scope, { sources }: SelectedStage): void {
    for (const source of sources.values()) {
      if (source.type === "stage") this.#stage(scope, source.stage.index).catch(this.#parts.stop);
    }
  }

  async #start(scope: Scope, selected: SelectedStage, platform: Platform, label: string): Promise<Start> {
    const { stage, base } = selected;
    if (base.type === "stage") {
      const before = await this.#stage(scope, base.stage.index);
      return { state: inherit(before, platform), triggers: [] };
    }
    const image = base.type === "scratch" ? "scratch" : base.name;
    const name = `[${label} 1/${stage.instructions.length + 1}] FROM ${image}`;
    try {
      const work = async (): Promise<StepResult<Base>> => ({ value: await this.#image(image, platform) });
      const found = await step(this.#parts.progress, { id: name, name }, work, this.#parts.signal);
      const { OnBuild = [], ...config } = found.config;
      const triggers = OnBuild.map((text): Trigger => {
        const file = { ...this.#parts.file, file: `ONBUILD of ${image}`, text };
        return { file, instruction: parseTrigger(text, { file: file.file }) };
      });
      return { state: stateOf({ ...found, config }, platform), triggers };
    } catch (error) {
      throw blameOn(this.#parts.file, stage.from.range, error);
    }
  }

  async #source(
    scope: Scope,
    sources: SelectedStage["sources"],
    from: string,
  ): Promise<StageState | FileTree> {
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
  readonly triggers: readonly Trigger[];
}

interface Trigger {
  /** The text of the trigger in place of the Dockerfile's, for messages. */
  readonly file: Dockerfile;
  readonly instruction: Instruction;
}

function scopeOf(
  parts: Parts,
  target: Platform,
  triggers: ReadonlyMap<number, readonly Instruction[]> = new Map(),
): Scope {
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
    triggers,
  });
  return {
    target,
    globals,
    selection,
    stages: new Map(selection.stages.map((one) => [one.stage.index, one])),
  };
}

/** True for the target and for the stages it starts from: their layers are the image's. */
function isExported({ selection, stages }: Scope, { stage }: SelectedStage): boolean {
  let at: SelectedStage | undefined = selection.target;
  while (at !== undefined && at.stage.index !== stage.index) {
    at = at.base.type === "stage" ? stages.get(at.base.stage.index) : undefined;
  }
  return at !== undefined;
}

/** Triggers of an image may copy from stages that nothing else needs. */
function withTriggers(
  parts: Parts,
  scope: Scope,
  { stage, base }: SelectedStage,
  triggers: readonly Trigger[],
): Scope {
  if (base.type === "stage" || triggers.length === 0) return scope;
  return scopeOf(
    parts,
    scope.target,
    new Map([[stage.index, triggers.map(({ instruction }) => instruction)]]),
  );
}

/** A build argument wins over the default, that over what is known by itself or declared before the first FROM. */
function argsOf({ request }: Parts, { globals }: Scope): ArgOf {
  return (name, fallback) => own(request.args, name) ?? fallback ?? globals.get(name);
}

/** Every image is looked up once, however many stages start from it. */
function baseImages(parts: Parts): (image: string, platform: Platform) => Promise<Base> {
  const { request, pull, signal } = parts;
  const flight = onceEach<Base>();
  return (image, platform) =>
    flight(`${image} ${formatPlatform(platform)}`, async () => {
      if (image === "scratch") return SCRATCH;
      const folder = parts.namedContext(image);
      if (folder !== undefined) return folderBase(folder, request.epoch);
      const named = own(request.contexts, image);
      const reference = named === undefined ? image : named.slice(IMAGE.length);
      const assembled = own(request.bases, reference);
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

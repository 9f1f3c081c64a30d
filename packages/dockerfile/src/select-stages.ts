import type { Dockerfile, Stage } from "./dockerfile.ts";
import { DockerfileError } from "./error.ts";
import type { Instruction } from "./instruction.ts";
import { quote } from "./quote.ts";
import { didYouMean, nearest } from "./suggest.ts";

/** What a name in FROM, COPY --from or a mount stands for. */
export type StageSource =
  | { readonly type: "stage"; readonly stage: Stage }
  | { readonly type: "scratch" }
  /** A named context where there is one of that name, else an image. */
  | { readonly type: "external"; readonly name: string };

export interface SelectedStage {
  /** Without instructions where a named context takes its place. */
  readonly stage: Stage;
  readonly base: StageSource;
  /** ONBUILD triggers of its base, to run before its own instructions. */
  readonly triggers: readonly Instruction[];
  /** What `COPY --from` and mounts of its instructions and triggers name, by the name as written. */
  readonly sources: ReadonlyMap<string, StageSource>;
}

export interface StageSelection {
  readonly target: SelectedStage;
  /** Every stage the target needs, itself last, each after those it needs. */
  readonly stages: readonly SelectedStage[];
}

export interface SelectOptions {
  /** Names of named contexts: they take the place of a stage of that name. */
  readonly contexts?: ReadonlySet<string>;
  /** Triggers found in the configs of base images, by stage index. */
  readonly triggers?: ReadonlyMap<number, readonly Instruction[]>;
}

/**
 * The stages a target needs: through FROM, `COPY --from` and mounts, never more.
 * @param target name or number of a stage; the last one where undefined
 * @param resolveFrom replaces the variables of the image in FROM
 */
export function selectStages(
  file: Dockerfile,
  target: string | undefined,
  resolveFrom: (raw: string) => string,
  options: SelectOptions = {},
): StageSelection {
  const wanted = findTarget(file, target);
  const selected = new Map<number, SelectedStage>();
  // A loop, not recursion: a file may chain thousands of stages.
  const open = [wanted];
  for (let stage = open.pop(); stage !== undefined; stage = open.pop()) {
    if (selected.has(stage.index)) continue;
    const found = resolveStage(file, stage, resolveFrom, options);
    selected.set(stage.index, found);
    for (const source of [found.base, ...found.sources.values()]) {
      if (source.type === "stage") open.push(source.stage);
    }
  }
  // A stage only ever needs earlier ones: the order of the file is an order of dependency.
  const stages = [...selected.values()].toSorted((a, b) => a.stage.index - b.stage.index);
  return { target: selected.get(wanted.index)!, stages };
}

function findTarget(file: Dockerfile, target: string | undefined): Stage {
  if (target === undefined) return file.stages.at(-1)!;
  const found =
    file.stages.findLast(({ name }) => name === target.toLowerCase()) ??
    (/^\d{1,6}$/.test(target) ? file.stages[Number(target)] : undefined);
  if (found !== undefined) return found;
  const names = file.stages.map(({ name }) => name).filter((name) => name !== undefined);
  const hint = names.length === 0 ? "no stage has a name" : `the stages are ${names.slice(0, 20).join(", ")}`;
  throw new DockerfileError(
    "unknown-stage",
    `no stage is called ${quote(target)}${didYouMean(target, names)}`,
    { file: file.file, hint },
  );
}

function resolveStage(
  file: Dockerfile,
  stage: Stage,
  resolveFrom: (raw: string) => string,
  { contexts = new Set(), triggers = new Map() }: SelectOptions,
): SelectedStage {
  // What a named context replaces has nothing left to run.
  if (stage.name !== undefined && contexts.has(stage.name)) {
    const base: StageSource = { type: "external", name: stage.name };
    return { stage: { ...stage, instructions: [] }, base, triggers: [], sources: new Map() };
  }
  const base = locate(file, stage.from, () =>
    resolveBase(file, stage, resolveFrom(stage.from.image), contexts),
  );
  const inherited = base.type === "stage" ? triggersOf(base.stage) : (triggers.get(stage.index) ?? []);
  const sources = new Map<string, StageSource>();
  // What a trigger lacks is blamed on the FROM that brought it.
  const steps = [
    ...inherited.map((instruction) => ({ instruction, range: stage.from.range })),
    ...stage.instructions.map((instruction) => ({ instruction, range: instruction.range })),
  ];
  for (const { instruction, range } of steps) {
    for (const name of namesIn(instruction)) {
      if (sources.has(name)) continue;
      sources.set(
        name,
        locate(file, { range }, () => resolveName(file, stage, name, contexts)),
      );
    }
  }
  return { stage, base, triggers: inherited, sources };
}

/** Errors get the place, file and lines. */
function locate<T>(file: Dockerfile, { range }: Pick<Stage, "range">, resolve: () => T): T {
  try {
    return resolve();
  } catch (error) {
    throw error instanceof DockerfileError ? error.at(file, range) : error;
  }
}

function resolveBase(
  file: Dockerfile,
  stage: Stage,
  name: string,
  contexts: ReadonlySet<string>,
): StageSource {
  if (name === "") {
    throw new DockerfileError("expansion", `FROM: ${quote(stage.from.image)} is empty`, {
      hint: "give the variable a default, as in ARG NAME=VALUE before the first FROM",
    });
  }
  // FROM is exact about case, and a stage of the same name further down is not meant.
  const base = file.stages.findLast((other) => other.index < stage.index && other.name === name);
  if (base !== undefined) return fromStage(base, contexts);
  return name === "scratch" ? { type: "scratch" } : { type: "external", name };
}

/** A name of `COPY --from` or a mount: an earlier stage by name or number, or something outside. */
function resolveName(
  file: Dockerfile,
  stage: Stage,
  name: string,
  contexts: ReadonlySet<string>,
): StageSource {
  const wanted = name.toLowerCase();
  const named = (other: Stage): boolean => other.name === wanted || String(other.index) === name;
  const earlier = file.stages.findLast((other) => other.index < stage.index && named(other));
  if (earlier !== undefined) return fromStage(earlier, contexts);
  if (contexts.has(name)) return { type: "external", name };
  const later = file.stages.find(named);
  if (later !== undefined) throw notYet(stage, later, name);
  if (/^\d{1,6}$/.test(name)) {
    const found = stage.index === 0 ? "there is none yet" : `the ones above are 0 to ${stage.index - 1}`;
    throw new DockerfileError("unknown-stage", `no stage has number ${name}; ${found}`);
  }
  return wanted === "scratch" ? { type: "scratch" } : { type: "external", name };
}

function fromStage(stage: Stage, contexts: ReadonlySet<string>): StageSource {
  return stage.name !== undefined && contexts.has(stage.name)
    ? { type: "external", name: stage.name }
    : { type: "stage", stage };
}

function notYet(stage: Stage, later: Stage, name: string): DockerfileError {
  return later === stage
    ? new DockerfileError("stage-order", `stage ${quote(name)} needs itself`)
    : new DockerfileError(
        "stage-order",
        `stage ${quote(name)} is defined later, on line ${later.range.start.line}`,
        {
          hint: "move it above this stage",
        },
      );
}

function triggersOf({ instructions }: Stage): readonly Instruction[] {
  return instructions.flatMap((instruction) =>
    instruction.kind === "onbuild" ? [instruction.instruction] : [],
  );
}

function namesIn(instruction: Instruction): readonly string[] {
  if (instruction.kind === "copy") return instruction.from === undefined ? [] : [instruction.from];
  if (instruction.kind !== "run") return [];
  return instruction.mounts.flatMap((mount) =>
    "from" in mount && mount.from !== undefined ? [mount.from] : [],
  );
}

/** The stage whose name is nearest to one that turned out to be no image: for the error of the builder. */
export function suggestStage(file: Dockerfile, name: string): string | undefined {
  return nearest(
    name,
    file.stages.flatMap((stage) => stage.name ?? []),
  );
}

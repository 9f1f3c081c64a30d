import { type ArgInstruction, type Instruction, expandInstruction, expandWord } from "@seaworthy/dockerfile";
import { type StepResult, step } from "../events.ts";
import { blameOn } from "./blame.ts";
import { configure } from "./configure.ts";
import { addLayer } from "./copy/add-step.ts";
import { copyLayer } from "./copy/copy-step.ts";
import { changeDirectory } from "./copy/workdir.ts";
import type { Layer } from "./image/layer.ts";
import { runLayer } from "./run/run-step.ts";
import type { Made, Shop } from "./shop.ts";
import { type StageState, withLayer, withVariables } from "./state.ts";

/** The value of an ARG, given its default; undefined where it has none. */
export type ArgOf = (name: string, fallback: string | undefined) => string | undefined;

/** Told of each step that changes files. */
export type Count = (cached: boolean) => void;

interface StageShop extends Shop {
  readonly count: Count;
  /** Told of each layer as soon as it is there. */
  readonly early: (layer: Layer) => void;
}

/** Carries out a stage's instructions, one after the other. */
export async function buildStage(
  shop: StageShop,
  instructions: readonly Instruction[],
  start: StageState,
  argOf: ArgOf,
  label: string,
): Promise<StageState> {
  let state = start;
  for (const [position, instruction] of instructions.entries()) {
    shop.signal.throwIfAborted();
    const name = `[${label} ${position + 2}/${instructions.length + 1}] ${instruction.line}`;
    try {
      const next = await apply(shop, state, instruction, argOf, name);
      next.layers.slice(state.layers.length).forEach(shop.early);
      state = next;
    } catch (error) {
      throw blameOn(shop.file, instruction.range, error);
    }
  }
  return state;
}

async function apply(
  shop: StageShop,
  state: StageState,
  written: Instruction,
  argOf: ArgOf,
  name: string,
): Promise<StageState> {
  if (written.kind === "arg") return declare(shop, state, written, argOf);
  const instruction = expandInstruction(written, state.variables, shop.file.directives.escape);
  const { line, range } = written;
  const make = async (work: () => Promise<Made>): Promise<StageState> =>
    withLayer(state, await reported(shop, name, work), line, { file: shop.file, range });
  switch (instruction.kind) {
    case "run":
      return make(() => runLayer(shop, state, instruction, name));
    case "copy":
      return make(() => copyLayer(shop, state, instruction));
    case "add":
      return make(() => addLayer(shop, state, instruction));
    case "workdir":
      return changeDirectory(shop, state, instruction, line);
    default:
      return configure(state, instruction);
  }
}

/** Each default sees the arguments before it on the same line. */
function declare(
  shop: Shop,
  state: StageState,
  { args: declared }: ArgInstruction,
  argOf: ArgOf,
): StageState {
  let now = state;
  for (const { name, value } of declared) {
    const fallback = value === undefined ? undefined : expandWord(value, now.variables, shop.file.directives);
    const given = argOf(name, fallback);
    if (given !== undefined) now = withVariables(now, [[name, given]]);
  }
  return now;
}

function reported(
  { progress, count, signal }: StageShop,
  name: string,
  work: () => Promise<Made>,
): Promise<Made["layer"]> {
  const report = async (): Promise<StepResult<Made["layer"]>> => {
    const { layer, cached } = await work();
    count(cached);
    return { value: layer, status: cached ? "cached" : "done" };
  };
  return step(progress, { id: name, name }, report, signal);
}

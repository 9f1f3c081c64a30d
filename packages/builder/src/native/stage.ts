import { type ArgInstruction, type Instruction, expandInstruction, expandWord } from "@seaworthy/dockerfile";
import type { TarItem } from "@seaworthy/oci";
import { type Layer, idsOf } from "./layer.ts";
import { addLayer } from "./add-step.ts";
import { blameOn } from "./blame.ts";
import { configure, resolveWorkdir } from "./configure.ts";
import { copyLayer } from "./copy-step.ts";
import { keyOf } from "./key.ts";
import { type Placed, itemsOfPlaced, placedKey } from "./place.ts";
import { resolveInRoot } from "./rooted.ts";
import { runLayer } from "./run-step.ts";
import type { Shop } from "./shop.ts";
import { type StageState, variablesOf, withConfig, withLayer } from "./state.ts";
import { step } from "../events.ts";

/** The value of an ARG, given its default; undefined where it has none. */
export type ArgOf = (name: string, fallback: string | undefined) => string | undefined;

/** Carries out a stage's instructions, one after the other. */
export async function buildStage(
  shop: Shop,
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
      state = await apply(shop, state, instruction, argOf, name);
    } catch (error) {
      throw blameOn(shop.file, instruction.range, error);
    }
  }
  return state;
}

async function apply(
  shop: Shop,
  state: StageState,
  written: Instruction,
  argOf: ArgOf,
  name: string,
): Promise<StageState> {
  if (written.kind === "arg") return declare(shop, state, written, argOf);
  const instruction = expandInstruction(written, variablesOf(state), shop.file.directives.escape);
  const { line } = written;
  switch (instruction.kind) {
    case "run":
      return files(shop, state, name, line, (id) => runLayer(shop, state, instruction, id));
    case "copy":
      return files(shop, state, name, line, () => copyLayer(shop, state, instruction));
    case "add":
      return files(shop, state, name, line, () => addLayer(shop, state, instruction));
    case "workdir":
      return workdir(shop, state, instruction.path, line);
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
    const fallback =
      value === undefined ? undefined : expandWord(value, variablesOf(now), shop.file.directives);
    const given = argOf(name, fallback);
    if (given !== undefined) now = { ...now, args: new Map([...now.args, [name, given]]) };
  }
  return now;
}

async function files(
  shop: Shop,
  state: StageState,
  name: string,
  line: string,
  make: (eventId: string) => Promise<{ readonly layer: Layer; readonly cached: boolean }>,
): Promise<StageState> {
  const layer = await step(shop.progress, { id: name, name }, async () => {
    const { layer: value, cached } = await make(name);
    return { value, status: cached ? "cached" : "done" };
  });
  return withLayer(state, layer, line);
}

/** The directory is made where it is missing, owned by root whatever USER says, as BuildKit does. */
async function workdir(shop: Shop, state: StageState, path: string, line: string): Promise<StageState> {
  const target = resolveWorkdir(state.config, path);
  const { epoch } = shop.request;
  const key = keyOf({ op: "workdir", layers: idsOf(state.layers), target });
  const missing = missingOf(shop.records.get("workdir", key)) ?? (await findMissing(shop, state, target));
  shop.records.put("workdir", key, { missing });
  const configured = withConfig(state, { WorkingDir: target }, line);
  if (missing.length === 0) return configured;
  const placed = missing.map((directory): Placed => ({
    path: directory,
    type: "directory",
    mode: 0o755,
    uid: 0,
    gid: 0,
    size: 0,
  }));
  const open = async function* (): AsyncGenerator<TarItem> {
    yield* itemsOfPlaced(placed, epoch);
  };
  const layer: Layer = { id: placedKey(placed, epoch), source: { kind: "items", open } };
  return withLayer({ ...state, config: configured.config }, layer, line);
}

function missingOf(record: unknown): readonly string[] | undefined {
  const missing = (record as { missing?: unknown } | undefined)?.missing;
  return Array.isArray(missing) && missing.every((path) => typeof path === "string") ? missing : undefined;
}

/** The directories to make, outermost first, symlinks in existing parents resolved. */
async function findMissing(shop: Shop, state: StageState, target: string): Promise<readonly string[]> {
  using view = await directoryProbe(shop, state);
  const { path } = view.resolve(target);
  const parts = path.split("/").filter((part) => part !== "");
  return parts.map((_, depth) => parts.slice(0, depth + 1).join("/")).filter((prefix) => !view.has(prefix));
}

interface DirectoryProbe extends Disposable {
  resolve(path: string): { readonly path: string };
  has(path: string): boolean;
}

async function directoryProbe(shop: Shop, state: StageState): Promise<DirectoryProbe> {
  if (state.layers.length === 0) {
    return {
      resolve: (path) => ({ path: path.slice(1) }),
      has: () => false,
      [Symbol.dispose]: () => undefined,
    };
  }
  const view = await shop.layers.view(state.layers, shop.signal);
  return {
    resolve: (path) => resolveInRoot(view.root, path),
    has: (path) => resolveInRoot(view.root, path).stats?.isDirectory() === true,
    [Symbol.dispose]: () => view[Symbol.dispose](),
  };
}

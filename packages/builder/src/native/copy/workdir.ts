import type { WorkdirInstruction } from "@seaworthy/dockerfile";
import type { TarItem } from "@seaworthy/oci";
import { failAt } from "../blame.ts";
import { resolveWorkdir } from "../configure.ts";
import { lookUpUser } from "../files/accounts.ts";
import { outlineOf } from "../files/outline.ts";
import { parentsOf } from "../files/paths.ts";
import { type Owner, ROOT, directoryAt, placedKey } from "../files/place.ts";
import { itemsOfPlaced } from "../files/placed-items.ts";
import { resolvePath } from "../files/rooted.ts";
import { type Layer, idsOf } from "../image/layer.ts";
import { keyOf } from "../key.ts";
import type { Shop } from "../shop.ts";
import { type StageState, withConfig, withLayer } from "../state.ts";
import { type Below, openBelow } from "./below.ts";

/** Directories to make, outermost first, and whose they are. */
interface Missing {
  readonly paths: readonly string[];
  readonly owner: Owner;
}

/** The directory is made where it is missing and belongs to USER. */
export async function changeDirectory(
  shop: Shop,
  state: StageState,
  instruction: WorkdirInstruction,
  line: string,
): Promise<StageState> {
  const target = resolveWorkdir(state.config, instruction.path);
  const { epoch } = shop.request;
  const user = state.config.User ?? "";
  const key = keyOf({ op: "workdir", layers: idsOf(state.layers), target, user });
  const known = missingOf(shop.records.get("workdir", key));
  const missing = known ?? (await findMissing(shop, state, target, instruction));
  if (known === undefined) shop.records.put("workdir", key, missing);
  const configured = withConfig(state, { WorkingDir: target }, line);
  if (missing.paths.length === 0) return configured;
  const placed = missing.paths.map((path) => directoryAt(path, missing.owner));
  const open = async function* (): AsyncGenerator<TarItem> {
    yield* itemsOfPlaced(placed, epoch);
  };
  const layer: Layer = {
    id: placedKey(placed, epoch),
    source: { kind: "items", open },
    outline: () => Promise.resolve(outlineOf(placed)),
  };
  return withLayer({ ...state, config: configured.config }, layer, line, {
    file: shop.file,
    range: instruction.range,
  });
}

function missingOf(record: unknown): Missing | undefined {
  const { paths, owner } = (record ?? {}) as { paths?: unknown; owner?: Partial<Owner> };
  if (!Array.isArray(paths) || !paths.every((path) => typeof path === "string")) return undefined;
  const { uid, gid } = owner ?? {};
  return typeof uid === "number" && typeof gid === "number" ? { paths, owner: { uid, gid } } : undefined;
}

async function findMissing(
  shop: Shop,
  state: StageState,
  target: string,
  { range }: WorkdirInstruction,
): Promise<Missing> {
  const fail = failAt(shop.file, range, "copy-destination");
  if (target === "/") return { paths: [], owner: ROOT };
  using release = new DisposableStack();
  const below = await openBelow(shop, state.layers, release);
  const { path } = resolvePath(below.look, target);
  const paths = [...parentsOf(path), path].filter((prefix) => {
    const found = below.look(prefix);
    if (found === undefined || found.type === "directory") return prefix !== "" && found === undefined;
    return fail(`WORKDIR ${target}: the image has a file at /${prefix}`, "name another directory");
  });
  return { paths, owner: await ownerOf(below, state) };
}

/** A name that the image does not know (yet) gives a directory of root's; it is RUN that needs the user. */
async function ownerOf(below: Below, { config: { User: user = "" } }: StageState): Promise<Owner> {
  if (user === "" || user === "0" || user === "root") return ROOT;
  const account = lookUpUser(await below.root(), user);
  return account === undefined ? ROOT : { uid: account.uid, gid: account.gid };
}

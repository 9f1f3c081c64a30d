import type { WorkdirInstruction } from "@seaworthy/dockerfile";
import type { TarItem } from "@seaworthy/oci";
import { failAt } from "../blame.ts";
import { resolveWorkdir } from "../configure.ts";
import { type Account, lookUpUser } from "../files/accounts.ts";
import { parentsOf } from "../files/paths.ts";
import { type Owner, ROOT, directoryAt, placedKey } from "../files/place.ts";
import { itemsOfPlaced } from "../files/placed-items.ts";
import { resolveInRoot } from "../files/rooted.ts";
import { type Layer, idsOf } from "../image/layer.ts";
import { keyOf } from "../key.ts";
import type { Shop } from "../shop.ts";
import { type StageState, withConfig, withLayer } from "../state.ts";

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
  const layer: Layer = { id: placedKey(placed, epoch), source: { kind: "items", open } };
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
  if (state.layers.length === 0) {
    const path = target.slice(1);
    return { paths: [...parentsOf(path), path], owner: ownerOf(undefined, state) };
  }
  using view = await shop.layers.view(state.layers, shop.signal);
  const { path } = resolveInRoot(view.root, target);
  const paths = [...parentsOf(path), path].filter((prefix) => {
    const { stats } = resolveInRoot(view.root, prefix);
    if (stats === undefined || stats.isDirectory()) return prefix !== "" && stats === undefined;
    return fail(`WORKDIR ${target}: the image has a file at /${prefix}`, "name another directory");
  });
  return { paths, owner: ownerOf(view.root, state) };
}

/** A name that the image does not know (yet) gives a directory of root's; it is RUN that needs the user. */
function ownerOf(root: string | undefined, { config: { User: user = "" } }: StageState): Owner {
  const account: Account | undefined = root === undefined ? undefined : lookUpUser(root, user);
  if (account !== undefined) return { uid: account.uid, gid: account.gid };
  const [uid = "", gid = "0"] = user.split(":");
  return /^\d+$/.test(uid) && /^\d+$/.test(gid) ? { uid: Number(uid), gid: Number(gid) } : ROOT;
}

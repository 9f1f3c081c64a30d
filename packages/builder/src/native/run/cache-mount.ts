import { randomUUID } from "node:crypto";
import { chmodSync, chownSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { CacheMount } from "@seaworthy/dockerfile";
import { isTree } from "../copy/copy-step.ts";
import { copyTree } from "../files/copy-tree.ts";
import type { FileTree } from "../files/file-tree.ts";
import { resolveInRoot } from "../files/rooted.ts";
import { idsOf } from "../image/layer.ts";
import { keyOf } from "../key.ts";
import type { Shop } from "../shop.ts";
import type { StageState } from "../state.ts";
import type { PreparedMount, RunPlace } from "./prepared-mount.ts";

const MOST_COPIES = 1_000;

/**
 * Kept between builds under its id; what is in it is never part of a key or a layer. `shared` is one directory for
 * all, `locked` makes steps wait for each other, `private` gives a step that would have to wait a directory of its own.
 * Locks hold between processes too.
 */
export async function prepareCache(
  shop: Shop,
  mount: CacheMount,
  targetOf: (target: string) => string,
): Promise<PreparedMount> {
  const target = targetOf(mount.target);
  const { id, from, source = "/", mode = 0o755, uid = 0, gid = 0, sharing } = mount;
  const origin = from === undefined ? undefined : await shop.source(from);
  const base = origin === undefined ? undefined : isTree(origin) ? origin.root : idsOf(origin.layers);
  const name = keyOf({ op: "cache-mount", id, uid, gid, mode, base, source }).slice(0, 32);
  const pool = join(shop.mountsDir, name);
  mkdirSync(pool, { recursive: true, mode: 0o700 });
  const seed = async (into: string, place: RunPlace): Promise<void> => {
    if (origin !== undefined) await copyFrom(shop, origin, source, into, place);
    chownSync(into, uid, gid);
    chmodSync(into, mode);
  };
  return {
    key: ["cache", id, target, uid, gid, mode, from, source, mount.readonly],
    ...(sharing === "locked" ? { lock: join(pool, "lock") } : {}),
    attach: async (place) => {
      const number = sharing === "private" ? takeFree(shop, pool, place) : 0;
      const dir = join(pool, String(number));
      await makeOnce(dir, (into) => seed(into, place));
      return { type: "bind", source: dir, target, readonly: mount.readonly };
    },
  };
}

/** The first directory that nobody works in. */
function takeFree(shop: Shop, pool: string, { release }: RunPlace): number {
  for (let number = 0; number < MOST_COPIES; number++) {
    const lock = shop.files().tryLock(join(pool, `${number}.lock`));
    if (lock === undefined) continue;
    release.use(lock);
    return number;
  }
  return 0;
}

/** Filled beside its place and renamed: nobody sees half of it. */
async function makeOnce(dir: string, fill: (into: string) => Promise<void>): Promise<void> {
  if (existsSync(dir)) return;
  const draft = `${dir}.${randomUUID()}`;
  try {
    mkdirSync(draft);
    await fill(draft);
    renameSync(draft, dir);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    if (!existsSync(dir)) throw error;
  }
}

async function copyFrom(
  shop: Shop,
  origin: StageState | FileTree,
  source: string,
  into: string,
  { release }: RunPlace,
): Promise<void> {
  const root = isTree(origin)
    ? origin.root
    : release.use(await shop.layers.view(origin.layers, shop.signal)).root;
  const { absolute, stats } = resolveInRoot(root, source);
  if (stats?.isDirectory() === true) copyTree(absolute, into);
}

import { posix } from "node:path";
import type { BindMount, Mount, RunInstruction, TmpfsMount } from "@seaworthy/dockerfile";
import { failAt } from "../blame.ts";
import { isTree } from "../copy/copy-step.ts";
import { resolveInRoot } from "../files/rooted.ts";
import { treeLayer } from "../files/tree-layer.ts";
import { idsOf } from "../image/layer.ts";
import type { Shop } from "../shop.ts";
import type { StageState } from "../state.ts";
import { prepareCache } from "./cache-mount.ts";
import type { PreparedMount } from "./prepared-mount.ts";
import { refuseSsh } from "./refuse-run.ts";
import { prepareSecret } from "./secret-mount.ts";

type TargetOf = (target: string) => string;

export async function prepareMount(
  shop: Shop,
  state: StageState,
  mount: Mount,
  instruction: RunInstruction,
): Promise<PreparedMount> {
  const targetOf = (target: string): string => posix.resolve(state.config.WorkingDir ?? "/", target);
  switch (mount.type) {
    case "tmpfs":
      return prepareTmpfs(mount, targetOf);
    case "secret":
      return prepareSecret(shop, mount, instruction, targetOf);
    case "cache":
      return prepareCache(shop, mount, targetOf);
    case "bind":
      return prepareBind(shop, mount, instruction, targetOf);
    case "ssh":
      return refuseSsh(shop.file, instruction);
  }
}

function prepareTmpfs(mount: TmpfsMount, targetOf: TargetOf): PreparedMount {
  const target = targetOf(mount.target);
  const size = mount.size === undefined ? {} : { sizeBytes: mount.size };
  return {
    key: ["tmpfs", target, mount.size],
    attach: () => Promise.resolve({ type: "tmpfs", target, ...size }),
  };
}

/** A part of a context lies below this directory of its layer, apart from what a root file system is given. */
const INSIDE = "context";

async function prepareBind(
  shop: Shop,
  mount: BindMount,
  instruction: RunInstruction,
  targetOf: TargetOf,
): Promise<PreparedMount> {
  const target = targetOf(mount.target);
  const from = mount.from === undefined ? shop.context : await shop.source(mount.from);
  const source = mount.source ?? "/";
  const fail = failAt(shop.file, instruction.range, "copy-source");
  const what = "RUN --mount=type=bind";
  const outside = isTree(from);
  // A copy, so that a step sees what .dockerignore lets it see, and cannot write to the folder.
  const layers = outside
    ? [treeLayer(from, source, INSIDE, { what, fail, epoch: shop.request.epoch })]
    : from.layers;
  const inside = outside ? posix.join(INSIDE, posix.resolve("/", source)) : source;
  return {
    key: ["bind", target, source, mount.readonly, ...idsOf(layers)],
    attach: async ({ release }) => {
      const ids = await shop.layers.materialise(layers, shop.signal);
      // Writes into a bind mount are thrown away with the draft (Dockerfile reference, RUN --mount=type=bind,rw).
      const view = release.use(mount.readonly ? shop.snapshots().view(ids) : shop.snapshots().prepare(ids));
      const { absolute, stats } = resolveInRoot(view.root, inside);
      if (stats === undefined) fail(`${what} source ${JSON.stringify(source)} is not there`);
      return { type: "bind", source: absolute, target, readonly: mount.readonly };
    },
  };
}

import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { randomUUID } from "node:crypto";
import { join, posix } from "node:path";
import type { Mount, RunInstruction } from "@seaworthy/dockerfile";
import type { SandboxMount } from "@seaworthy/sandbox";
import { failAt } from "./blame.ts";
import { isTree } from "./copy-step.ts";
import type { FileTree } from "./file-tree.ts";
import { keyOf } from "./key.ts";
import { type Layer, idsOf } from "./layer.ts";
import { itemsOfPlaced, place } from "./place.ts";
import { resolveInRoot } from "./rooted.ts";
import { select, selectionKey } from "./select.ts";
import type { Shop } from "./shop.ts";
import type { StageState } from "./state.ts";

type Of<T extends Mount["type"]> = Extract<Mount, { type: T }>;

/** A mount ready to be made; `key` is its part of the step's cache key. */
export interface PreparedMount {
  readonly key: readonly (string | number | boolean | undefined)[];
  /** `lock` names what must not be used twice at once. */
  readonly lock?: string;
  readonly env?: Readonly<Record<string, string>>;
  attach(release: DisposableStack): Promise<SandboxMount | undefined>;
}

export async function prepareMount(
  shop: Shop,
  state: StageState,
  mount: Mount,
  instruction: RunInstruction,
): Promise<PreparedMount> {
  switch (mount.type) {
    case "tmpfs":
      return tmpfs(mount, state);
    case "secret":
      return secret(shop, state, mount, instruction);
    case "cache":
      return cache(shop, state, mount);
    case "bind":
      return bind(shop, state, mount, instruction);
    case "ssh":
      return failAt(
        shop.file,
        instruction.range,
        "unsupported",
      )(
        "RUN --mount=type=ssh is not carried out by this engine",
        "hand the key over with --mount=type=secret",
      );
  }
}

function targetOf(state: StageState, target: string): string {
  return posix.resolve(state.config.WorkingDir ?? "/", target);
}

function tmpfs(mount: Of<"tmpfs">, state: StageState): PreparedMount {
  const target = targetOf(state, mount.target);
  const size = mount.size === undefined ? {} : { sizeBytes: mount.size };
  return { key: ["tmpfs", target], attach: () => Promise.resolve({ type: "tmpfs", target, ...size }) };
}

/** The value is in no key: a changed secret is no reason to run again (Dockerfile reference, RUN --mount=type=secret). */
function secret(
  shop: Shop,
  state: StageState,
  mount: Of<"secret">,
  instruction: RunInstruction,
): PreparedMount {
  const { id } = mount;
  const target =
    mount.target === undefined && mount.env !== undefined
      ? undefined
      : targetOf(state, mount.target ?? `/run/secrets/${id}`);
  const key = ["secret", id, target, mount.env, mount.mode, mount.uid, mount.gid];
  const source = shop.request.secrets?.[id];
  if (source === undefined) {
    if (mount.required) {
      failAt(
        shop.file,
        instruction.range,
        "secret-missing",
      )(
        `secret ${JSON.stringify(id)} is required and was not given`,
        `pass it: --secret id=${id},src=FILE or --secret id=${id},env=NAME`,
      );
    }
    return { key, attach: () => Promise.resolve(undefined) };
  }
  const value = "file" in source ? readFileSync(source.file) : Buffer.from(source.value);
  return {
    key,
    ...(mount.env === undefined ? {} : { env: { [mount.env]: value.toString("utf8") } }),
    attach: (release) => {
      if (target === undefined) return Promise.resolve(undefined);
      const dir = join(shop.dirs.scratch, randomUUID());
      mkdirSync(dir, { mode: 0o700 });
      release.defer(() => rmSync(dir, { recursive: true, force: true }));
      const file = join(dir, "secret");
      writeFileSync(file, value, { mode: 0o600 });
      chownSync(file, mount.uid ?? 0, mount.gid ?? 0);
      chmodSync(file, mount.mode ?? 0o400);
      return Promise.resolve({ type: "bind", source: file, target, readonly: true });
    },
  };
}

/** Kept between builds under its id; what is in it is never part of a key or a layer. */
function cache(shop: Shop, state: StageState, mount: Of<"cache">): PreparedMount {
  const target = targetOf(state, mount.target);
  const { id, from, source, mode = 0o755, uid = 0, gid = 0, sharing } = mount;
  const dir = join(shop.dirs.mounts, keyOf({ op: "cache-mount", id, uid, gid, mode }).slice(0, 32));
  return {
    key: ["cache", id, target, uid, gid, mode, from, source, mount.readonly],
    ...(sharing === "shared" ? {} : { lock: dir }),
    attach: async (release) => {
      if (!existsSync(dir)) {
        mkdirSync(dir, { recursive: true });
        if (from !== undefined) await seed(shop, state, { from, source: source ?? "/" }, dir, release);
        chownSync(dir, uid, gid);
        chmodSync(dir, mode);
      }
      return { type: "bind", source: dir, target, readonly: mount.readonly };
    },
  };
}

async function seed(
  shop: Shop,
  state: StageState,
  { from, source }: { readonly from: string; readonly source: string },
  dir: string,
  release: DisposableStack,
): Promise<void> {
  const origin = await shop.source(from, state);
  const root = isTree(origin)
    ? origin.root
    : release.use(await shop.layers.view(origin.layers, shop.signal)).root;
  const { absolute, stats } = resolveInRoot(root, source);
  if (stats?.isDirectory() === true) {
    cpSync(absolute, dir, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
  }
}

async function bind(
  shop: Shop,
  state: StageState,
  mount: Of<"bind">,
  instruction: RunInstruction,
): Promise<PreparedMount> {
  const target = targetOf(state, mount.target);
  const from = mount.from === undefined ? shop.context : await shop.source(mount.from, state);
  const source = mount.source ?? "/";
  const layers = isTree(from) ? [contextLayer(shop, from, source, instruction)] : from.layers;
  return {
    key: ["bind", target, source, mount.readonly, ...idsOf(layers)],
    attach: async (release) => {
      const ids = await shop.layers.materialise(layers, shop.signal);
      // Writes into a bind mount are thrown away with the draft (Dockerfile reference, RUN --mount=type=bind,rw).
      const view = release.use(mount.readonly ? shop.snapshots().view(ids) : shop.snapshots().prepare(ids));
      const { absolute, stats } = resolveInRoot(view.root, source);
      if (stats === undefined) {
        failAt(
          shop.file,
          instruction.range,
          "copy-source",
        )(`bind mount source ${JSON.stringify(source)} is not there`);
      }
      return { type: "bind", source: absolute, target, readonly: mount.readonly };
    },
  };
}

/** A part of the context as a layer, so that a step sees what .dockerignore lets it see and cannot write to it. */
function contextLayer(shop: Shop, tree: FileTree, source: string, instruction: RunInstruction): Layer {
  const fail = failAt(shop.file, instruction.range, "copy-source");
  const pick = (): ReturnType<typeof select> => select(tree, [source], { fail });
  const epoch = shop.request.epoch;
  return {
    id: keyOf({ op: "bind", selection: selectionKey(tree, pick()), epoch }),
    source: {
      kind: "items",
      open: async function* () {
        const destination = { path: "", directory: true, exists: () => false };
        yield* itemsOfPlaced(
          place(tree, pick(), { destination, owner: undefined, mode: undefined, parents: true }),
          epoch,
        );
      },
    },
  };
}

import {
  type ContentStore,
  type Descriptor,
  type Digest,
  type History,
  type Platform,
  type Repository,
  type RunConfig,
  SeaworthyError,
  formatPlatform,
  hexOf,
  isIndexType,
  parseDigest,
  parseReference,
  readImageConfig,
  readIndex,
  readManifest,
  withDefaultTag,
} from "@seaworthy/oci";
import type { AssembledBase } from "../../engine.ts";
import { BuilderError, type BuilderErrorCode } from "../../error.ts";
import type { FileTree } from "../files/file-tree.ts";
import { treeLayer } from "../files/tree-layer.ts";
import { keyOf } from "../key.ts";
import { DEFAULT_PATH } from "../state.ts";
import type { Layer } from "./layer.ts";

/** What a stage starts from. */
export interface Base {
  readonly layers: readonly Layer[];
  readonly config: RunConfig;
  readonly history: readonly History[];
}

export const SCRATCH: Base = {
  layers: [],
  config: { Env: [`PATH=${DEFAULT_PATH}`], WorkingDir: "/" },
  history: [],
};

/** `FROM` a named context: the folder is the root file system. */
export function folderBase(folder: FileTree, epoch: number): Base {
  const fail = (message: string, hint?: string): never => {
    throw new BuilderError("copy-source", message, hint === undefined ? {} : { hint });
  };
  const layer = treeLayer(folder, "/", "", { what: "FROM", fail, epoch });
  return { ...SCRATCH, layers: [layer], history: [{ created_by: `FROM ${folder.name}` }] };
}

export function assembledBase(name: string, base: AssembledBase, platform: Platform): Base {
  const id = keyOf({ op: "assembled", key: base.key(platform), platform: formatPlatform(platform) });
  return {
    layers: [
      {
        id,
        name: `${name} (${formatPlatform(platform)})`,
        source: { kind: "items", open: (signal) => base.items(platform, signal) },
      },
    ],
    config: base.config(platform),
    history: [{ created_by: `seaworthy: ${name} assembled from packages` }],
  };
}

/** Opens the repository of a reference; wrapped by whoever has credentials, mirrors and a cache. */
export type Pull = (location: { readonly registry: string; readonly repository: string }) => Repository;

export async function pulledBase(
  name: string,
  platform: Platform,
  pull: Pull,
  signal: AbortSignal,
): Promise<Base> {
  const reference = withDefaultTag(parseReference(name));
  const repository = pull(reference);
  try {
    const top = await repository.resolve(reference.digest ?? reference.tag ?? "latest", signal);
    if (top === undefined) throw notFound(name);
    const image = isIndexType(top.mediaType) ? await choose(repository, top, name, platform) : top;
    return await readBase(repository, image, `${name} (${formatPlatform(platform)})`);
  } catch (error) {
    throw blame(name, error);
  }
}

async function choose(
  store: ContentStore,
  top: Descriptor,
  name: string,
  platform: Platform,
): Promise<Descriptor> {
  const { manifests } = await readIndex(store, top);
  const fits = (candidate: Platform | undefined, variant: string | undefined): boolean =>
    candidate?.os === platform.os &&
    candidate.architecture === platform.architecture &&
    (variant === undefined || candidate.variant === variant);
  const chosen =
    manifests.find((child) => fits(child.platform, platform.variant)) ??
    manifests.find((child) => fits(child.platform, undefined));
  if (chosen !== undefined) return chosen;
  const offered = manifests.flatMap((child) =>
    child.platform === undefined ? [] : [formatPlatform(child.platform)],
  );
  throw new BuilderError(
    "base-platform",
    `base ${name}: has no ${formatPlatform(platform)}, only ${offered.filter((text) => !text.includes("unknown")).join(", ")}`,
    { hint: "choose another base, or leave the platform out with --platform" },
  );
}

async function readBase(store: ContentStore, image: Descriptor, name: string): Promise<Base> {
  const manifest = await readManifest(store, image);
  const { config = {}, rootfs, history = [] } = await readImageConfig(store, manifest.config);
  const layers = manifest.layers.map((descriptor, position): Layer => {
    const diffId: Digest = parseDigest(rootfs.diff_ids[position] ?? "");
    return {
      id: hexOf(diffId),
      name: `${name} layer ${position + 1}/${manifest.layers.length}`,
      source: { kind: "blob", descriptor, diffId, store },
    };
  });
  const filled = history.filter((entry) => entry.empty_layer !== true).length;
  // Docker refuses an image whose history names another number of layers than there are.
  if (filled === layers.length) return { layers, config, history };
  return { layers, config, history: layers.map(() => ({ created_by: "base image" })) };
}

function notFound(name: string): BuilderError {
  return new BuilderError("base-not-found", `base ${name}: not found`, {
    hint: `check the name and tag, or assemble it: bases: { ${JSON.stringify(name)}: debian({ … }) } in seaworthy.config.ts`,
  });
}

const CODES: Readonly<Record<string, BuilderErrorCode>> = {
  "not-found": "base-not-found",
  unauthorized: "base-unauthorized",
  network: "base-unavailable",
  registry: "base-unavailable",
};

/** The registry's own words stay, behind the name of the base. */
function blame(name: string, error: unknown): unknown {
  if (!(error instanceof SeaworthyError) || error instanceof BuilderError) return error;
  const code = CODES[error.code];
  if (code === undefined) return error;
  if (code === "base-not-found") return notFound(name);
  return new BuilderError(code, `base ${name}: ${error.message}`, {
    cause: error,
    retryable: error.retryable,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
  });
}

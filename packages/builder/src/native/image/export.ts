import {
  type Annotations,
  type ContentStore,
  type Descriptor,
  type Digest,
  type History,
  type ImageConfig,
  type Index,
  type Layout,
  type Manifest,
  MediaType,
  type RunConfig,
  digestOf,
} from "@seaworthy/oci";
import { DEFAULT_PATH, type StageState, envOf } from "../state.ts";
import type { Parts } from "../stages.ts";
import { together } from "../together.ts";
import { checkBinaries } from "./check-binaries.ts";
import type { ExportedLayer } from "./pack.ts";

interface Target extends Pick<Parts, "layers" | "request" | "warn" | "stop"> {
  readonly out: Layout;
  readonly advance: (bytes: number) => void;
}

/** Layers, config, manifest: each stored before what names it. */
export async function exportImage(
  state: StageState,
  target: Target,
  signal: AbortSignal,
): Promise<Descriptor> {
  const { layers, out, advance, stop, request, warn } = target;
  const exported = await together(
    state.steps.map(async (one) => ({
      ...one,
      exported: one.layer === undefined ? undefined : await layers.export(one.layer, advance, signal),
    })),
    stop,
  );
  for (const one of exported) {
    if (one.exported !== undefined) checkBinaries(one, one.exported.binaries, state.platform, warn);
  }
  const kept = exported.flatMap(({ exported: layer }) => (layer === undefined || layer.empty ? [] : [layer]));
  const created = isoTime(request.created);
  const { architecture, os, variant } = state.platform;
  const config: ImageConfig = {
    created,
    ...(state.author === undefined ? {} : { author: state.author }),
    architecture,
    os,
    ...(variant === undefined ? {} : { variant }),
    config: finalConfig(state.config, request.labels),
    rootfs: { type: "layers", diff_ids: kept.map((layer) => layer.diffId) },
    history: exported.map((one) => historyEntry(one.history, created, one.exported)),
  };
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: MediaType.manifest,
    config: await putJson(out, MediaType.config, config),
    layers: kept.map((layer) => layer.descriptor),
    ...annotated(request.annotations),
  };
  return { ...(await putJson(out, MediaType.manifest, manifest)), platform: state.platform };
}

/** The index that a build of these platforms makes, whoever built them: same manifests, same digest. */
export async function exportIndex(
  manifests: readonly Descriptor[],
  out: Pick<ContentStore, "put">,
  annotations: Annotations | undefined,
): Promise<Descriptor> {
  // Fields in one order, whoever wrote the descriptors.
  const listed = manifests.map(({ mediaType, digest, size, platform }) => ({
    mediaType,
    digest,
    size,
    ...(platform === undefined ? {} : { platform }),
  }));
  const index: Index = {
    schemaVersion: 2,
    mediaType: MediaType.index,
    manifests: listed,
    ...annotated(annotations),
  };
  return putJson(out, MediaType.index, index);
}

/** `--label` wins over LABEL; an image always has a PATH, as BuildKit sees to. */
function finalConfig(config: RunConfig, labels: Readonly<Record<string, string>> = {}): RunConfig {
  const all = { ...config.Labels, ...labels };
  const env = envOf(config).has("PATH") ? config.Env : [`PATH=${DEFAULT_PATH}`, ...(config.Env ?? [])];
  return {
    ...config,
    ...(env === undefined ? {} : { Env: env }),
    ...(Object.keys(all).length === 0 ? {} : { Labels: sorted(all) }),
    ...(config.ExposedPorts === undefined ? {} : { ExposedPorts: sorted(config.ExposedPorts) }),
    ...(config.Volumes === undefined ? {} : { Volumes: sorted(config.Volumes) }),
  };
}

function sorted<T>(record: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function historyEntry(history: History, created: string, layer: ExportedLayer | undefined): History {
  const empty = layer === undefined || layer.empty;
  return { created, ...history, ...(empty ? { empty_layer: true } : {}) };
}

function annotated(annotations: Annotations = {}): { readonly annotations?: Annotations } {
  return Object.keys(annotations).length === 0 ? {} : { annotations: sorted(annotations) };
}

async function putJson(
  out: Pick<ContentStore, "put">,
  mediaType: string,
  value: object,
): Promise<Descriptor> {
  const bytes = Buffer.from(JSON.stringify(value));
  const digest: Digest = digestOf(bytes);
  const descriptor = { mediaType, digest, size: bytes.length };
  await out.put(descriptor, [bytes]);
  return descriptor;
}

/** RFC 3339 with whole seconds. */
function isoTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}

import {
  type Annotations,
  type Descriptor,
  type Digest,
  type History,
  type ImageConfig,
  type Index,
  type Layout,
  type Manifest,
  MediaType,
  type Platform,
  type RunConfig,
  digestOf,
} from "@seaworthy/oci";
import type { Layer } from "./layer.ts";
import type { ExportedLayer, Layers } from "./layers.ts";

/** A finished stage, ready to become an image. */
export interface Image {
  readonly platform: Platform;
  readonly config: RunConfig;
  /** One for every instruction; those with a layer name it. Layers of the base come first. */
  readonly steps: readonly { readonly history: History; readonly layer?: Layer }[];
}

interface Target {
  readonly layers: Layers;
  readonly out: Layout;
  readonly created: number;
  readonly annotations: Annotations;
}

/** Layers, config, manifest: each stored before what names it. */
export async function exportImage(image: Image, target: Target, signal: AbortSignal): Promise<Descriptor> {
  const exported = await Promise.all(
    image.steps.map(async ({ history, layer }) => ({
      history,
      layer: layer === undefined ? undefined : await target.layers.export(layer, target.out, signal),
    })),
  );
  const kept = exported.flatMap(({ layer }) => (layer === undefined || layer.empty ? [] : [layer]));
  const created = isoTime(target.created);
  const config: ImageConfig = {
    created,
    architecture: image.platform.architecture,
    os: image.platform.os,
    ...(image.platform.variant === undefined ? {} : { variant: image.platform.variant }),
    config: image.config,
    rootfs: { type: "layers", diff_ids: kept.map((layer) => layer.diffId) },
    history: exported.map(({ history, layer }) => historyEntry(history, created, layer)),
  };
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: MediaType.manifest,
    config: await putJson(target.out, MediaType.config, config),
    layers: kept.map((layer) => layer.descriptor),
    ...annotated(target.annotations),
  };
  return { ...(await putJson(target.out, MediaType.manifest, manifest)), platform: image.platform };
}

export async function exportIndex(
  manifests: readonly Descriptor[],
  { out, annotations }: Pick<Target, "out" | "annotations">,
): Promise<Descriptor> {
  const index: Index = { schemaVersion: 2, mediaType: MediaType.index, manifests, ...annotated(annotations) };
  return putJson(out, MediaType.index, index);
}

function historyEntry(history: History, created: string, layer: ExportedLayer | undefined): History {
  const empty = layer === undefined || layer.empty;
  return { created, ...history, ...(empty ? { empty_layer: true } : {}) };
}

function annotated(annotations: Annotations): { readonly annotations?: Annotations } {
  const sorted = Object.entries(annotations).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return sorted.length === 0 ? {} : { annotations: Object.fromEntries(sorted) };
}

async function putJson(out: Layout, mediaType: string, value: object): Promise<Descriptor> {
  const bytes = Buffer.from(JSON.stringify(value));
  const digest: Digest = digestOf(bytes);
  const descriptor = { mediaType, digest, size: bytes.length };
  await out.put(descriptor, [bytes]);
  return descriptor;
}

/** RFC 3339 with whole seconds. */
export function isoTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(".000Z", "Z");
}

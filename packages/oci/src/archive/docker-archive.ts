import type { Descriptor } from "../descriptor.ts";
import { digestOf } from "../digest.ts";
import { type Place, listOf, optional, required, toFields, toNonEmptyText } from "../document/json.ts";
import { readImageConfig } from "../document/read.ts";
import { sniff } from "../compress/decompress.ts";
import { OciError } from "../error.ts";
import type { Layout } from "../layout/layout.ts";
import type { Manifest } from "../manifest.ts";
import { MediaType } from "../media-type.ts";
import type { ArchivedImage } from "./archive.ts";
import type { Members } from "./members.ts";

const LAYER_TYPES = { none: MediaType.layer, gzip: MediaType.layerGzip, zstd: MediaType.layerZstd } as const;
const PLACE: Place = { code: "invalid-archive", what: "archive: manifest.json", path: "" };

/** `docker save` without a layout: manifest.json names config and layers by path; the manifest is made here. */
export async function dockerImages(members: Members, layout: Layout): Promise<readonly ArchivedImage[]> {
  const items = listOf((value, place) => ({ fields: toFields(value, place), place }))(
    parseList(await members.read("manifest.json")),
    PLACE,
  );
  const images: ArchivedImage[] = [];
  for (const { fields, place } of items) {
    const config = required(fields, "Config", place, toNonEmptyText);
    const layers = optional(fields, "Layers", place, listOf(toNonEmptyText)) ?? [];
    const names = optional(fields, "RepoTags", place, listOf(toNonEmptyText)) ?? [];
    const root = await makeManifest({ config, layers, place }, members, layout);
    images.push({ names, root, madeHere: true, absent: [] });
  }
  return images;
}

function parseList(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch (cause) {
    throw new OciError("invalid-archive", `${PLACE.what}: expected JSON`, { cause });
  }
}

interface Saved {
  readonly config: string;
  readonly layers: readonly string[];
  readonly place: Place;
}

/** Deterministic: the parts as they lie in the archive, in one order of fields. */
async function makeManifest(
  { config: path, layers: paths, place }: Saved,
  members: Members,
  layout: Layout,
): Promise<Descriptor> {
  const where = `manifest.json: ${place.path}`;
  const config = { ...members.file(path, `${where}.Config`), mediaType: MediaType.config };
  checkName(path, config, `${where}.Config`);
  const { rootfs } = await readImageConfig(layout, config);
  if (rootfs.diff_ids.length !== paths.length) {
    throw new OciError(
      "invalid-archive",
      `archive: ${where}.Layers: expected ${rootfs.diff_ids.length} as the config says, found ${paths.length}`,
    );
  }
  const layers: Descriptor[] = [];
  for (const [index, layer] of paths.entries()) {
    const step = `${where}.Layers[${index}]`;
    layers.push(await layerOf(members.file(layer, step), rootfs.diff_ids[index]!, layout, step));
  }
  const manifest: Manifest = { schemaVersion: 2, mediaType: MediaType.manifest, config, layers };
  const bytes = Buffer.from(JSON.stringify(manifest));
  const root = { mediaType: MediaType.manifest, digest: digestOf(bytes), size: bytes.length };
  await layout.put(root, [bytes]);
  return root;
}

/** Docker names a config after its digest; others do not have to. */
function checkName(path: string, { digest }: Descriptor, where: string): void {
  const hex = /(?:^|[/:])([0-9a-f]{64})(?:\.json)?$/.exec(path)?.[1];
  if (hex === undefined || digest === `sha256:${hex}`) return;
  throw new OciError(
    "digest-mismatch",
    `archive: ${where}: expected content sha256:${hex}, found ${digest}`,
    {
      hint: "the archive is damaged or was tampered with; save it again",
    },
  );
}

/** Of an uncompressed layer the digest is the config's diff id; compressed ones are checked when they are unpacked. */
async function layerOf(
  { digest, size }: Descriptor,
  diffId: string,
  layout: Layout,
  where: string,
): Promise<Descriptor> {
  const compression = sniff(await start({ mediaType: MediaType.octets, digest, size }, layout));
  if (compression === "none" && digest !== diffId) {
    throw new OciError("digest-mismatch", `archive: ${where}: expected layer ${diffId}, found ${digest}`);
  }
  return { mediaType: LAYER_TYPES[compression], digest, size };
}

async function start(target: Descriptor, layout: Layout): Promise<Uint8Array> {
  for await (const chunk of await layout.open(target)) return chunk.subarray(0, 4);
  return new Uint8Array();
}

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type Descriptor,
  type Layout,
  MediaType,
  type TarItem,
  collect,
  digestOf,
  gzip,
  hexOf,
  importArchive,
  openLayout,
  readImage,
  writeTar,
} from "../index.ts";
import { bare, file, rawHeader, END } from "../tar/testing.ts";

const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const layer = await collect(writeTar([file("hello", "world")]), 1 << 20);
const config = json({
  os: "linux",
  architecture: "amd64",
  rootfs: { type: "layers", diff_ids: [digestOf(layer)] },
});
const describedAs = (mediaType: string, bytes: Uint8Array): Descriptor => ({
  mediaType,
  digest: digestOf(bytes),
  size: bytes.length,
});
const manifest = json({
  schemaVersion: 2,
  mediaType: MediaType.manifest,
  config: describedAs(MediaType.config, config),
  layers: [describedAs(MediaType.layer, layer)],
});
const root = describedAs(MediaType.manifest, manifest);
const blobPath = (bytes: Uint8Array): string => `blobs/sha256/${hexOf(digestOf(bytes))}`;
const blob = (bytes: Uint8Array): TarItem => file(blobPath(bytes), bytes);
const marker = file("oci-layout", '{"imageLayoutVersion":"1.0.0"}');
const indexOf = (...manifests: readonly object[]): TarItem =>
  file("index.json", json({ schemaVersion: 2, manifests }));
const named = (target: Descriptor, name: string): object => ({
  ...target,
  annotations: { "org.opencontainers.image.ref.name": name },
});

const LAYER = "aaaa/layer.tar";
const CONFIG = `${hexOf(digestOf(config))}.json`;
const saved = (fields: object = {}): TarItem =>
  file("manifest.json", json([{ Config: CONFIG, RepoTags: ["web:1"], Layers: [LAYER], ...fields }]));
const legacy = (): readonly TarItem[] => [file(LAYER, layer), file(CONFIG, config), saved()];

let dir: string;
let layout: Layout;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "archive-"));
  layout = await openLayout(join(dir, "layout"));
});
afterEach(() => rmSync(dir, { recursive: true }));

const load = (items: readonly TarItem[], limits = {}) => importArchive(writeTar(items), layout, limits);

describe("an OCI layout in a tar", () => {
  it("is there whole, under its names", async () => {
    const items = [
      blob(layer),
      marker,
      indexOf(named(root, "1"), named(root, "latest")),
      blob(manifest),
      blob(config),
    ];
    const archive = await load(items);
    expect(archive).toEqual({
      kind: "oci",
      images: [{ names: ["1", "latest"], root, madeHere: false, absent: [] }],
    });
    expect(await readImage(layout, root)).toMatchObject({ platform: "linux/amd64" });
  });

  it("may be packed with gzip", async () => {
    const items = [marker, indexOf(root), blob(manifest), blob(config), blob(layer)];
    expect((await importArchive(gzip(writeTar(items)), layout)).images[0]!.root).toEqual(root);
  });

  it("may leave out platforms of an index, and says which", async () => {
    const other = {
      ...describedAs(MediaType.manifest, Buffer.from("other")),
      platform: { os: "linux", architecture: "arm64" },
    };
    const index = json({ schemaVersion: 2, mediaType: MediaType.index, manifests: [root, other] });
    const parts = [
      marker,
      indexOf(describedAs(MediaType.index, index)),
      ...[index, manifest, config, layer].map(blob),
    ];
    expect((await load(parts)).images[0]!.absent).toEqual([other]);
  });

  it.each([
    ["manifest", [config, layer], "index.json"],
    ["config", [manifest, layer], `manifest ${root.digest}`],
    ["layer", [manifest, config], `manifest ${root.digest}`],
  ])("without its %s is refused, and the blob is named", async (_what, blobs, where) => {
    const failure = load([marker, indexOf(root), ...blobs.map(blob)]);
    await expect(failure).rejects.toMatchObject({ code: "invalid-archive" });
    await expect(failure).rejects.toThrow(`archive: ${where}: "blobs/sha256/`);
  });

  it("with no platform of its index is refused", async () => {
    const index = json({ schemaVersion: 2, mediaType: MediaType.index, manifests: [root] });
    const items = [marker, indexOf(describedAs(MediaType.index, index)), blob(index)];
    await expect(load(items)).rejects.toMatchObject({ code: "invalid-archive" });
  });

  it("with another size than its manifest says is refused", async () => {
    const items = [marker, indexOf({ ...root, size: root.size + 1 }), ...[manifest, config, layer].map(blob)];
    await expect(load(items)).rejects.toMatchObject({ code: "size-mismatch" });
  });
});

describe("docker save without a layout", () => {
  it("gets a manifest that is the same every time", async () => {
    const archive = await load(legacy());
    expect(archive).toEqual({
      kind: "docker",
      images: [{ names: ["web:1"], root, madeHere: true, absent: [] }],
    });
    const image = await readImage(layout, root);
    expect(image.layers).toEqual([describedAs(MediaType.layer, layer)]);
  });

  it("takes layers that were packed for what they are", async () => {
    const packed = await collect(gzip([layer]), 1 << 20);
    const { images } = await load([file(LAYER, packed), file(CONFIG, config), saved()]);
    expect((await readImage(layout, images[0]!.root)).layers[0]!.mediaType).toBe(MediaType.layerGzip);
  });

  it("takes a link for another name of a file in the archive", async () => {
    const link = bare({ path: LAYER, type: "symlink", linkname: "../bbbb/layer.tar" });
    const { images } = await load([file("bbbb/layer.tar", layer), link, file(CONFIG, config), saved()]);
    expect(images[0]!.root).toEqual(root);
  });

  it.each([
    ["no such config", [file(LAYER, layer), saved()], "manifest.json: [0].Config"],
    ["no such layer", [file(CONFIG, config), saved()], "manifest.json: [0].Layers[0]"],
    [
      "fewer layers than the config",
      [file(CONFIG, config), saved({ Layers: [] })],
      "expected 1 as the config says, found 0",
    ],
    ["no config at all", [saved({ Config: undefined })], "[0].Config: expected a string"],
    ["no list", [file("manifest.json", "{}")], "expected a list"],
    ["no JSON", [file("manifest.json", "<html>")], "expected JSON"],
    ["no image", [file("manifest.json", "[]")], "holds no image"],
  ])("with %s is refused", async (_what, items, message) => {
    const failure = load(items);
    await expect(failure).rejects.toMatchObject({ code: "invalid-archive" });
    await expect(failure).rejects.toThrow(message);
  });

  it.each([
    ["layer", [file(LAYER, "tampered"), file(CONFIG, config), saved()]],
    ["config", [file(LAYER, layer), file(CONFIG, "tampered"), saved()]],
  ])("with another %s than its digest says is refused", async (_what, items) => {
    await expect(load(items)).rejects.toMatchObject({ code: "digest-mismatch" });
  });
});

describe("an archive that means harm", () => {
  it.each(["../x", "a/../../x", "/etc/x"])("may not hold the path %s", async (name) => {
    await expect(importArchive([rawHeader({ name }), END], layout)).rejects.toMatchObject({
      code: "path-escape",
    });
  });

  it.each(["/etc/passwd", "../../../../etc/passwd", ".."])(
    "gets nothing from a link to %s",
    async (linkname) => {
      const link = bare({ path: LAYER, type: "symlink", linkname });
      await expect(load([link, file(CONFIG, config), saved()])).rejects.toMatchObject({
        code: expect.stringMatching(/^(path-escape|invalid-archive)$/),
      });
    },
  );

  it("may not name a file outside it", async () => {
    const items = [file(CONFIG, config), saved({ Layers: ["../../etc/passwd"] })];
    await expect(load(items)).rejects.toMatchObject({ code: "path-escape" });
  });

  it("may not send links in a circle", async () => {
    const links = [
      bare({ path: "a/layer.tar", type: "symlink", linkname: "../b/layer.tar" }),
      bare({ path: "b/layer.tar", type: "symlink", linkname: "../a/layer.tar" }),
    ];
    const items = [...links, file(CONFIG, config), saved({ Layers: ["a/layer.tar"] })];
    await expect(load(items)).rejects.toMatchObject({ code: "invalid-archive" });
  });

  it.each(["index.json", "manifest.json", "oci-layout", blobPath(layer)])(
    "may not have a link as %s",
    async (path) => {
      const link = bare({ path, type: "symlink", linkname: "elsewhere" });
      await expect(load([link])).rejects.toThrow("expected a file, found a symlink");
    },
  );

  it.each([
    ["a document", [marker, marker]],
    ["a blob", [blob(layer), blob(layer)]],
    [
      "a layer, the second time as a link",
      [...legacy(), bare({ path: LAYER, type: "symlink", linkname: "x" })],
    ],
  ])("may not hold %s twice", async (_what, items) => {
    await expect(load(items)).rejects.toThrow("is there twice");
  });

  it("may not hold a blob under a false digest, and nothing of it stays", async () => {
    const failure = load([file(blobPath(layer), "false")]);
    await expect(failure).rejects.toMatchObject({ code: "digest-mismatch" });
    await expect(failure).rejects.toThrow(`archive: ${blobPath(layer)}: expected content`);
    expect(readdirSync(join(layout.dir, "blobs/sha256"))).toEqual([]);
    expect(readdirSync(join(layout.dir, "tmp"))).toEqual([]);
  });

  it("may not hold a blob under a name that is no digest", async () => {
    await expect(load([file("blobs/sha256/a/b", "x")])).rejects.toMatchObject({ code: "invalid-archive" });
  });

  const many = [file("a", ""), file("b", ""), file("c", "")];
  it.each([
    ["a document without end", [file("manifest.json", Buffer.alloc((4 << 20) + 1, "["))], {}],
    ["too many members", many, { maxEntries: 2 }],
    ["too many bytes", [blob(layer)], { maxBytes: 1000 }],
  ])("may not have %s", async (_what, items, limits) => {
    await expect(load(items, limits)).rejects.toMatchObject({ code: "too-large" });
  });

  it("is refused where it holds no image, is cut off or no archive", async () => {
    const whole = await collect(writeTar(legacy()), 1 << 20);
    await expect(load([file("hello", "world")])).rejects.toThrow("found neither");
    for (const bytes of [whole.subarray(0, 700), Buffer.from("<html>".padEnd(600)), Buffer.alloc(0)]) {
      await expect(importArchive([bytes], layout)).rejects.toMatchObject({ code: "invalid-archive" });
    }
  });
});

it("stops when it is told to", async () => {
  await expect(load(legacy(), { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "aborted" });
});

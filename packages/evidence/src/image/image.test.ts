import {
  type ContentStore,
  type TarItem,
  MediaType,
  collect,
  digestOf,
  gzip,
  memoryStore,
  readImage,
  writeTar,
} from "@seaworthy/oci";
import { describe, expect, it } from "vitest";
import { visiblePaths } from "./visible.ts";
import { visitLayers } from "./visit-layers.ts";

const file = (path: string, text = ""): TarItem => ({
  entry: { path, type: "file", mode: 0o644, uid: 0, gid: 0, mtime: 0, size: Buffer.byteLength(text) },
  content: [Buffer.from(text)],
});

async function put(store: ContentStore, mediaType: string, bytes: Uint8Array) {
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  await store.put(descriptor, [bytes]);
  return descriptor;
}

/** An image whose layers hold these files. */
async function imageOf(store: ContentStore, layers: readonly (readonly TarItem[])[]) {
  const made = await Promise.all(
    layers.map(async (items) => {
      const tar = await collect(writeTar(items), 1 << 20);
      const packed = await collect(gzip([tar]), 1 << 20);
      return { diffId: digestOf(tar), descriptor: await put(store, MediaType.layerGzip, packed) };
    }),
  );
  const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
  const rootfs = { type: "layers", diff_ids: made.map(({ diffId }) => diffId) };
  const config = await put(store, MediaType.config, json({ os: "linux", architecture: "amd64", rootfs }));
  const document = { schemaVersion: 2, mediaType: MediaType.manifest, config };
  const manifest = json({ ...document, layers: made.map(({ descriptor }) => descriptor) });
  return readImage(store, await put(store, MediaType.manifest, manifest));
}

describe("visiting layers", () => {
  it("hands each visitor as much as it wants, of every layer, in one pass", async () => {
    const store = memoryStore();
    const image = await imageOf(store, [[file("a", "hello"), file("b", "12345")], [file("a", "bye")]]);
    const seen: string[] = [];
    const visitor = (name: string, wanted: string, limit: number) => ({
      wants: ({ path }: { path: string }) => (path === wanted ? limit : undefined),
      visit: ({
        entry,
        layer,
        bytes,
        cut,
      }: {
        entry: { path: string };
        layer: number;
        bytes: Uint8Array;
        cut: boolean;
      }) => void seen.push(`${name} ${layer} ${entry.path} ${Buffer.from(bytes).toString()} ${cut}`),
    });
    await visitLayers(store, image, [
      visitor("one", "a", 2),
      visitor("two", "a", 100),
      visitor("three", "b", 0),
    ]);
    expect(seen).toEqual([
      "one 0 a he true",
      "two 0 a hello false",
      "three 0 b  true",
      "one 1 a by true",
      "two 1 a bye false",
    ]);
  });

  it("fails where a layer is not what the config says", async () => {
    const store = memoryStore();
    const image = await imageOf(store, [[file("a")]]);
    const rootfs = { type: "layers" as const, diff_ids: [digestOf("x")] };
    const wrong = { ...image, config: { ...image.config, rootfs } };
    await expect(visitLayers(store, wrong, [])).rejects.toMatchObject({ code: "digest-mismatch" });
  });
});

describe("what is visible", () => {
  const of = async (...layers: readonly (readonly TarItem[])[]): Promise<unknown> => {
    const store = memoryStore();
    const visible = visiblePaths();
    await visitLayers(store, await imageOf(store, layers), [visible]);
    return Object.fromEntries(visible.paths());
  };

  it.each<[string, readonly (readonly TarItem[])[], object]>([
    ["the last of several versions", [[file("etc/a"), file("b")], [file("etc/a")]], { "etc/a": 1, b: 0 }],
    ["no file that was deleted", [[file("etc/a"), file("etc/ab")], [file("etc/.wh.a")]], { "etc/ab": 0 }],
    ["no folder that was deleted", [[file("x/y/a"), file("xy")], [file(".wh.x")]], { xy: 0 }],
    [
      "what is new in an opaque folder",
      [
        [file("x/a"), file("x/z/b")],
        [file("x/.wh..wh..opq"), file("x/c")],
      ],
      { "x/c": 1 },
    ],
    ["what is new in an opaque root", [[file("a")], [file("b"), file(".wh..wh..opq")]], { b: 1 }],
    ["a file in place of a folder", [[file("x/a")], [file("x")]], { x: 1 }],
    ["a file that came back", [[file("a")], [file(".wh.a")], [file("a")]], { a: 2 }],
  ])("is %s", async (_, layers, expected) => expect(await of(...layers)).toEqual(expected));
});

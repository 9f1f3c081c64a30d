import { describe, expect, it } from "vitest";
import {
  digestOf,
  MAX_MANIFEST_BYTES,
  MediaType,
  memoryStore,
  parseImageConfig,
  parseIndex,
  parseManifest,
  readImageConfig,
  readIndex,
  readManifest,
} from "../index.ts";
import type { Descriptor } from "../index.ts";

const digest = digestOf("x");
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const config = { mediaType: MediaType.config, digest, size: 2 };
const layer = { mediaType: MediaType.layerGzip, digest, size: 7 };

describe("parseManifest", () => {
  it("reads an OCI manifest and drops what it does not know", () => {
    const fields = { config, layers: [layer], artifactType: "a/b", subject: config, annotations: { a: "1" } };
    const parsed = parseManifest(
      json({ schemaVersion: 2, mediaType: MediaType.manifest, ...fields, extra: 1 }),
    );
    expect(parsed).toEqual({ schemaVersion: 2, mediaType: MediaType.manifest, ...fields });
  });

  it("reads a Docker manifest", () => {
    const parsed = parseManifest(
      json({
        schemaVersion: 2,
        mediaType: MediaType.dockerManifest,
        config,
        layers: [layer],
        annotations: null,
      }),
    );
    expect(parsed).toEqual({
      schemaVersion: 2,
      mediaType: MediaType.dockerManifest,
      config,
      layers: [layer],
    });
  });

  it.each([
    ["not JSON", Buffer.from("<html>"), 'manifest: expected JSON, found "<html>"'],
    ["a list", json([]), "manifest: expected an object, found []"],
    ["null", json(null), "manifest: expected an object, found null"],
    ["schema 1", json({ schemaVersion: 1, layers: [] }), "manifest: schemaVersion: expected 2, found 1"],
    [
      "no config",
      json({ schemaVersion: 2, layers: [] }),
      "manifest: config: expected an object, found nothing",
    ],
    ["no layers", json({ schemaVersion: 2, config }), "manifest: layers: expected a list, found nothing"],
    [
      "a bad digest",
      json({ schemaVersion: 2, config, layers: [layer, { ...layer, digest: "sha256:../../etc/passwd" }] }),
      'manifest: layers[1].digest: expected "sha256:" and 64 hex digits, found "sha256:../../etc/passwd"',
    ],
    [
      "a negative size",
      json({ schemaVersion: 2, config: { ...config, size: -1 }, layers: [] }),
      "manifest: config.size: expected a size in bytes, found -1",
    ],
    [
      "an annotation that is no text",
      json({ schemaVersion: 2, config, layers: [], annotations: { a: 1 } }),
      "manifest: annotations.a: expected a string, found 1",
    ],
    [
      "the type of an index",
      json({ schemaVersion: 2, mediaType: MediaType.index, config, layers: [] }),
      `manifest: mediaType: expected the type it was stored as, found "${MediaType.index}"`,
    ],
    [
      "what is both manifest and index",
      json({ schemaVersion: 2, config, layers: [], manifests: [] }),
      "manifest: manifests: expected nothing, found []",
    ],
  ])("refuses %s", (_title, bytes, message) => {
    const parse = (): unknown => parseManifest(bytes);
    expect(parse).toThrow(expect.objectContaining({ code: "invalid-manifest", message }));
  });

  it("takes a key like __proto__ for what it is", () => {
    const text = `{"schemaVersion":2,"config":${JSON.stringify(config)},"layers":[],"annotations":{"__proto__":"x"}}`;
    const { annotations } = parseManifest(Buffer.from(text));
    expect(Object.entries(annotations!)).toEqual([["__proto__", "x"]]);
    expect(Object.getPrototypeOf(annotations)).toBe(Object.prototype);
  });
});

describe("parseIndex", () => {
  it("reads platforms, also in Docker's list", () => {
    const platform = { os: "linux", architecture: "arm", variant: "v7" };
    const entry = { mediaType: MediaType.dockerManifest, digest, size: 3, platform };
    const parsed = parseIndex(
      json({ schemaVersion: 2, mediaType: MediaType.dockerIndex, manifests: [entry] }),
    );
    expect(parsed.manifests).toEqual([entry]);
  });

  it("refuses what is both index and manifest", () => {
    expect(() => parseIndex(json({ schemaVersion: 2, manifests: [], layers: [] }))).toThrow("index: layers");
  });
});

describe("parseImageConfig", () => {
  it("reads a Docker config, whose unset fields are null", () => {
    const parsed = parseImageConfig(
      json({
        architecture: "amd64",
        os: "linux",
        config: { Env: ["A=1"], Cmd: null, Volumes: { "/data": {} }, Labels: null, Hostname: "dropped" },
        container_config: { Cmd: ["dropped"] },
        rootfs: { type: "layers", diff_ids: [digest] },
        history: [{ created_by: "COPY", empty_layer: true }],
      }),
    );
    expect(parsed).toEqual({
      architecture: "amd64",
      os: "linux",
      config: { Env: ["A=1"], Volumes: { "/data": {} } },
      rootfs: { type: "layers", diff_ids: [digest] },
      history: [{ created_by: "COPY", empty_layer: true }],
    });
  });

  it("says where a field is wrong", () => {
    const parse = (): unknown =>
      parseImageConfig(
        json({ os: "linux", architecture: "arm64", rootfs: { type: "layers" }, config: { Env: "A=1" } }),
      );
    expect(parse).toThrow('image config: config.Env: expected a list, found "A=1"');
  });
});

describe("readManifest, readIndex, readImageConfig", () => {
  const put = async (
    content: Buffer,
    mediaType: string,
  ): Promise<[ReturnType<typeof memoryStore>, Descriptor]> => {
    const store = memoryStore();
    const target = { mediaType, digest: digestOf(content), size: content.length };
    await store.put({ ...target, mediaType: MediaType.octets }, [content]);
    return [store, target];
  };

  it("read from a store", async () => {
    const [manifests, manifest] = await put(
      json({ schemaVersion: 2, config, layers: [] }),
      MediaType.manifest,
    );
    expect((await readManifest(manifests, manifest)).config).toEqual(config);
    const [indexes, index] = await put(json({ schemaVersion: 2, manifests: [] }), MediaType.dockerIndex);
    expect((await readIndex(indexes, index)).manifests).toEqual([]);
    const [configs, image] = await put(
      json({ os: "linux", architecture: "arm64", rootfs: { type: "layers", diff_ids: [] } }),
      MediaType.config,
    );
    expect((await readImageConfig(configs, image)).architecture).toBe("arm64");
  });

  it("refuse a descriptor of another kind", async () => {
    const [store, target] = await put(json({ schemaVersion: 2, manifests: [] }), MediaType.index);
    await expect(readManifest(store, target)).rejects.toMatchObject({
      code: "invalid-manifest",
      message: `${target.digest}: expected an image manifest, found ${MediaType.index}`,
    });
  });

  it("name the document in the message", async () => {
    const [store, target] = await put(json({ schemaVersion: 2 }), MediaType.manifest);
    await expect(readManifest(store, target)).rejects.toThrow(`manifest ${target.digest}: config: expected`);
  });

  it("refuse a manifest beyond the limit unread", async () => {
    const target = { mediaType: MediaType.manifest, digest, size: MAX_MANIFEST_BYTES + 1 };
    await expect(readManifest(memoryStore(), target)).rejects.toMatchObject({ code: "too-large" });
  });
});

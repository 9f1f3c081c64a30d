import { afterEach, describe, expect, it } from "vitest";
import type { Bytes, Repository } from "./content-store.ts";
import type { Descriptor } from "./descriptor.ts";
import { digestOf } from "./digest.ts";
import type { Manifest } from "./manifest.ts";
import { MediaType } from "./media-type.ts";
import { collect } from "./stream/limited.ts";

/** A fresh, empty repository, and how to clear it away. */
export interface StoreUnderTest {
  readonly store: Repository;
  readonly close?: () => Promise<void>;
}

export interface ContractOptions {
  /** Titles of cases that cannot hold here, each with its reason. */
  readonly unsupported?: Readonly<Record<string, string>>;
}

interface Blob {
  readonly target: Descriptor;
  readonly bytes: Buffer;
}

function blobOf(content: string | Uint8Array, mediaType: string = MediaType.octets): Blob {
  const bytes = Buffer.from(content as string);
  return { target: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes };
}

const EMPTY = blobOf("{}", MediaType.empty);

function manifestOf(fields: Partial<Manifest>): Blob {
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: MediaType.manifest,
    config: EMPTY.target,
    layers: [],
    ...fields,
  };
  return blobOf(JSON.stringify(manifest), MediaType.manifest);
}

async function read(store: Repository, target: Descriptor): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of await store.open(target)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function putAll(store: Repository, ...blobs: readonly Blob[]): Promise<void> {
  for (const { target, bytes } of blobs) await store.put(target, [bytes]);
}

/** What every `Repository` keeps, to be run over each implementation. */
export function contentStoreContract(
  name: string,
  makeStore: () => Promise<StoreUnderTest>,
  { unsupported = {} }: ContractOptions = {},
): void {
  const cases: Case[] = [];
  const fact: Fact = (title, check) => cases.push({ title, check });
  for (const family of [blobCases, verificationCases, tagCases, referrerCases]) family(fact);
  const unknown = Object.keys(unsupported).filter((title) => !cases.some((one) => one.title === title));
  if (unknown.length > 0) throw new Error(`no such case in the contract: ${unknown.join(", ")}`);

  describe(`${name} as a content store`, () => {
    const open: StoreUnderTest[] = [];
    afterEach(async () => {
      for (const { close } of open.splice(0)) await close?.();
    });

    it.for(cases)("$title", async ({ title, check }, { skip }) => {
      skip(Object.hasOwn(unsupported, title), unsupported[title]);
      expect.hasAssertions();
      const made = await makeStore();
      open.push(made);
      await check(made.store);
    });
  });
}

type Fact = (title: string, check: (store: Repository) => Promise<void>) => void;

interface Case {
  readonly title: string;
  readonly check: (store: Repository) => Promise<void>;
}

function blobCases(fact: Fact): void {
  fact("has nothing at first", async (store) => {
    expect(await store.has(blobOf("absent").target)).toBe(false);
  });

  fact("gives back what was put", async (store) => {
    const { target, bytes } = blobOf("content");
    await store.put(target, [bytes]);
    expect(await store.has(target)).toBe(true);
    expect(await read(store, target)).toEqual(bytes);
  });

  fact("keeps empty content", async (store) => {
    const { target } = blobOf("");
    await store.put(target, []);
    expect(await store.has(target)).toBe(true);
    expect(await read(store, target)).toHaveLength(0);
  });

  fact("takes content in many chunks and gives it back several times", async (store) => {
    const bytes = Buffer.alloc(3_000_001, "0123456789");
    const { target } = blobOf(bytes);
    async function* chunks(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < bytes.length; at += 65_537) yield bytes.subarray(at, at + 65_537);
    }
    await store.put(target, chunks());
    const [first, second] = await Promise.all([read(store, target), read(store, target)]);
    expect(first.equals(bytes)).toBe(true);
    expect(second.equals(bytes)).toBe(true);
  });

  fact("leaves content unread that it holds already", async (store) => {
    const { target, bytes } = blobOf("content");
    await store.put(target, [bytes]);
    let asked = false;
    const content: Bytes = {
      [Symbol.iterator]() {
        asked = true;
        return [bytes][Symbol.iterator]();
      },
    };
    await store.put(target, content);
    expect(asked).toBe(false);
  });

  fact("takes the same content from several writers at once", async (store) => {
    const { target, bytes } = blobOf(Buffer.alloc(500_000, "x"));
    await Promise.all([1, 2, 3].map(() => store.put(target, [bytes])));
    expect(await read(store, target)).toEqual(bytes);
  });

  fact("says not-found for content it does not hold", async (store) => {
    await expect(store.open(blobOf("absent").target)).rejects.toMatchObject({ code: "not-found" });
  });

  fact("says not-found, or gives all of it, where it goes before the first byte is read", async (store) => {
    const { target, bytes } = blobOf("content");
    await store.put(target, [bytes]);
    const content = await store.open(target);
    await store.delete(target);
    const outcome = await collect(content, bytes.length).catch((error: unknown) => error);
    if (!(outcome instanceof Uint8Array)) expect(outcome).toMatchObject({ code: "not-found" });
    else expect(outcome).toEqual(bytes);
  });

  fact("deletes, and does not mind deleting what is not there", async (store) => {
    const { target, bytes } = blobOf("content");
    await store.put(target, [bytes]);
    await store.delete(target);
    expect(await store.has(target)).toBe(false);
    await store.delete(target);
  });

  fact("lists what it holds", async (store) => {
    const blobs = [blobOf("one"), blobOf("three")];
    await putAll(store, ...blobs);
    const listed: { digest: string; size: number }[] = [];
    for await (const item of store.list()) listed.push(item);
    expect(listed).toHaveLength(2);
    for (const { target } of blobs)
      expect(listed).toContainEqual(expect.objectContaining({ digest: target.digest, size: target.size }));
  });
}

function verificationCases(fact: Fact): void {
  const cases = [
    ["refuses content with another digest", "digest-mismatch", "corrupt"],
    ["refuses content that is cut off", "size-mismatch", "conten"],
    ["refuses content that goes on", "size-mismatch", "content and more"],
  ] as const;
  for (const [title, code, sent] of cases) {
    fact(title, async (store) => {
      const { target } = blobOf("content");
      await expect(store.put(target, [Buffer.from(sent)])).rejects.toMatchObject({ code });
      expect(await store.has(target)).toBe(false);
      await expect(store.open(target)).rejects.toMatchObject({ code: "not-found" });
    });
  }

  fact("keeps nothing of content whose source fails", async (store) => {
    const { target } = blobOf("content");
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("cont");
      throw new RangeError("the source broke");
    }
    await expect(store.put(target, broken())).rejects.toThrow("the source broke");
    expect(await store.has(target)).toBe(false);
  });

  fact("stops when the signal fires", async (store) => {
    const { target } = blobOf("content");
    const controller = new AbortController();
    async function* slow(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("cont");
      controller.abort();
      yield Buffer.from("ent");
    }
    await expect(store.put(target, slow(), controller.signal)).rejects.toMatchObject({ code: "aborted" });
    expect(await store.has(target)).toBe(false);
  });
}

function tagCases(fact: Fact): void {
  fact("resolves no tag and no digest at first", async (store) => {
    expect(await store.resolve("latest")).toBeUndefined();
    expect(await store.resolve(digestOf("absent"))).toBeUndefined();
    expect(await store.tags()).toEqual([]);
  });

  fact("resolves a manifest by tag and by digest", async (store) => {
    const manifest = manifestOf({});
    await putAll(store, EMPTY, manifest);
    await store.tag(manifest.target, "v1");
    expect(await store.resolve("v1")).toEqual(manifest.target);
    expect(await store.resolve(manifest.target.digest)).toEqual(manifest.target);
  });

  fact("moves a tag, and keeps the old manifest", async (store) => {
    const [old, young] = [manifestOf({}), manifestOf({ annotations: { version: "2" } })];
    await putAll(store, EMPTY, old, young);
    await store.tag(old.target, "latest");
    await store.tag(young.target, "latest");
    expect((await store.resolve("latest"))?.digest).toBe(young.target.digest);
    expect((await store.resolve(old.target.digest))?.digest).toBe(old.target.digest);
  });

  fact("lists tags in order", async (store) => {
    const manifest = manifestOf({});
    await putAll(store, EMPTY, manifest);
    for (const tag of ["main", "1.0", "_x", "V2"]) await store.tag(manifest.target, tag);
    expect(await store.tags()).toEqual(["1.0", "V2", "_x", "main"]);
  });

  fact("takes a tag away, and does not mind if there is none", async (store) => {
    const manifest = manifestOf({});
    await putAll(store, EMPTY, manifest);
    await store.tag(manifest.target, "v1");
    await store.tag(manifest.target, "v2");
    await store.untag("v1");
    await store.untag("v1");
    expect(await store.resolve("v1")).toBeUndefined();
    expect(await store.tags()).toEqual(["v2"]);
    expect(await store.has(manifest.target)).toBe(true);
  });

  fact("refuses a tag that registries do not allow", async (store) => {
    const manifest = manifestOf({});
    await putAll(store, EMPTY, manifest);
    for (const tag of ["", "-x", ".x", "a/b", "a:b", "a b", "x".repeat(129)]) {
      await expect(store.tag(manifest.target, tag)).rejects.toMatchObject({ code: "invalid-reference" });
    }
  });

  fact("does not tag a manifest it does not hold", async (store) => {
    await expect(store.tag(manifestOf({}).target, "v1")).rejects.toMatchObject({ code: "not-found" });
    expect(await store.resolve("v1")).toBeUndefined();
  });

  fact("loses no tag when many are set at once", async (store) => {
    const manifest = manifestOf({});
    await putAll(store, EMPTY, manifest);
    const tags = Array.from({ length: 12 }, (_, at) => `t${10 + at}`);
    await Promise.all(tags.map((tag) => store.tag(manifest.target, tag)));
    expect(await store.tags()).toEqual(tags);
  });
}

function referrerCases(fact: Fact): void {
  const image = manifestOf({ annotations: { name: "image" } });
  const signature = manifestOf({
    artifactType: "application/example.signature",
    subject: image.target,
    annotations: { by: "me" },
  });
  const sbomConfig = blobOf("{ }", "application/example.sbom.config");
  const sbom = manifestOf({ config: sbomConfig.target, subject: image.target });

  fact("has no referrers of what nothing refers to", async (store) => {
    await putAll(store, EMPTY, image);
    expect(await store.referrers(image.target.digest)).toEqual([]);
    expect(await store.referrers(digestOf("absent"))).toEqual([]);
  });

  fact("lists referrers with artifact type and annotations", async (store) => {
    await putAll(store, EMPTY, sbomConfig, image, signature, sbom);
    const found = await store.referrers(image.target.digest);
    expect(found).toHaveLength(2);
    expect(found).toContainEqual({
      ...signature.target,
      artifactType: "application/example.signature",
      annotations: { by: "me" },
    });
    expect(found).toContainEqual({ ...sbom.target, artifactType: sbomConfig.target.mediaType });
  });

  fact("filters referrers by artifact type", async (store) => {
    await putAll(store, EMPTY, sbomConfig, image, signature, sbom);
    const found = await store.referrers(image.target.digest, "application/example.signature");
    expect(found.map(({ digest }) => digest)).toEqual([signature.target.digest]);
    expect(await store.referrers(image.target.digest, "application/other")).toEqual([]);
  });

  fact("lists a referrer once however often it is put", async (store) => {
    await putAll(store, EMPTY, image, signature, signature);
    expect(await store.referrers(image.target.digest)).toHaveLength(1);
  });

  fact("takes an index as a referrer", async (store) => {
    const content = {
      schemaVersion: 2,
      mediaType: MediaType.index,
      artifactType: "application/example.set",
      manifests: [],
      subject: image.target,
    };
    const index = blobOf(JSON.stringify(content), MediaType.index);
    await putAll(store, EMPTY, image, index);
    expect(await store.referrers(image.target.digest)).toEqual([
      { ...index.target, artifactType: "application/example.set" },
    ]);
  });

  fact("keeps referrers that come before their subject", async (store) => {
    await putAll(store, EMPTY, signature, image);
    expect(await store.referrers(image.target.digest)).toHaveLength(1);
  });

  fact("loses no referrer when many are put at once", async (store) => {
    const many = Array.from({ length: 8 }, (_, at) =>
      manifestOf({ subject: image.target, annotations: { at: String(at) } }),
    );
    await putAll(store, EMPTY, image);
    await Promise.all(many.map(({ target, bytes }) => store.put(target, [bytes])));
    const found = await store.referrers(image.target.digest);
    expect(found.map(({ digest }) => digest).sort()).toEqual(many.map(({ target }) => target.digest).sort());
  });

  fact("hides how referrers are kept from the tags", async (store) => {
    await putAll(store, EMPTY, image, signature);
    await store.tag(image.target, "v1");
    expect(await store.tags()).toEqual(["v1"]);
  });

  fact("forgets a referrer that is deleted", async (store) => {
    await putAll(store, EMPTY, sbomConfig, image, signature, sbom);
    await store.delete(signature.target);
    const found = await store.referrers(image.target.digest);
    expect(found.map(({ digest }) => digest)).toEqual([sbom.target.digest]);
  });

  fact("refuses a manifest that is none", async (store) => {
    for (const text of ["not json", "[]", '{"schemaVersion":2}', '{"schemaVersion":1,"layers":[]}']) {
      const { target, bytes } = blobOf(text, MediaType.manifest);
      await expect(store.put(target, [bytes])).rejects.toMatchObject({ code: "invalid-manifest" });
      expect(await store.has(target)).toBe(false);
    }
  });
}

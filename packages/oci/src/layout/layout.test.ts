import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { contentStoreContract } from "../content-store.contract.ts";
import { digestOf, hexOf, MediaType, openLayout, referrersTag } from "../index.ts";
import type { Descriptor, Layout } from "../index.ts";

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "seaworthy-layout-"));
});
afterAll(() => rm(scratch, { recursive: true }));

let count = 0;
const newDir = (): string => join(scratch, `layout-${count++}`);

contentStoreContract("a repository of a layout", async () => {
  const layout = await openLayout(newDir());
  return { store: layout.repository("team/app") };
});

function blob(content: string, mediaType: string = MediaType.octets): { target: Descriptor; bytes: Buffer } {
  const bytes = Buffer.from(content);
  return { target: { mediaType, digest: digestOf(bytes), size: bytes.length }, bytes };
}

const config = blob("{}", MediaType.empty);
const image = blob(
  JSON.stringify({ schemaVersion: 2, mediaType: MediaType.manifest, config: config.target, layers: [] }),
  MediaType.manifest,
);

async function putImage(layout: Layout, name = "app", tag = "v1"): Promise<void> {
  const repository = layout.repository(name);
  await repository.put(config.target, [config.bytes]);
  await repository.put(image.target, [image.bytes]);
  await repository.tag(image.target, tag);
}

async function snapshot(dir: string): Promise<Record<string, string>> {
  const names = (await readdir(dir, { recursive: true, withFileTypes: true })).filter((item) =>
    item.isFile(),
  );
  const files = names.map(async (item) => {
    const path = join(item.parentPath, item.name);
    return [path.slice(dir.length + 1), digestOf(await readFile(path))] as const;
  });
  return Object.fromEntries(await Promise.all(files));
}

describe("openLayout", () => {
  it("makes the files the image spec names", async () => {
    const dir = join(newDir(), "deep", "down");
    await openLayout(dir);
    expect(JSON.parse(await readFile(join(dir, "oci-layout"), "utf8"))).toEqual({
      imageLayoutVersion: "1.0.0",
    });
    expect(JSON.parse(await readFile(join(dir, "index.json"), "utf8"))).toMatchObject({
      schemaVersion: 2,
      manifests: [],
    });
    expect((await readdir(dir)).sort()).toEqual(["blobs", "index.json", "oci-layout", "tmp"]);
  });

  it("finds again what was stored before", async () => {
    const dir = newDir();
    await putImage(await openLayout(dir));
    const again = await openLayout(dir);
    expect(await again.repositories()).toEqual(["app"]);
    expect(await again.repository("app").resolve("v1")).toEqual(image.target);
  });

  it("opens one new layout many times at once", async () => {
    const dir = newDir();
    const layouts = await Promise.all(Array.from({ length: 8 }, () => openLayout(dir)));
    await Promise.all(layouts.map((layout, at) => putImage(layout, "app", `t${at}`)));
    expect(await layouts[0]!.repository("app").tags()).toHaveLength(8);
  });

  it.each([
    ["a directory of other things", { "notes.txt": "mine" }, 'found "notes.txt"'],
    [
      "another version",
      { "oci-layout": '{"imageLayoutVersion":"9.0.0"}' },
      'expected "1.0.0", found "9.0.0"',
    ],
    ["a marker that is no JSON", { "oci-layout": "layout!" }, "oci-layout: expected JSON"],
    ["an index that is no JSON", { "index.json": "<html>" }, "index.json: expected JSON"],
    [
      "an index with a broken entry",
      { "index.json": '{"schemaVersion":2,"manifests":[{"mediaType":"x","digest":"sha256:12","size":1}]}' },
      'index.json: manifests[0].digest: expected "sha256:" and 64 hex digits, found "sha256:12"',
    ],
  ])("refuses %s", async (_title, files, message) => {
    const dir = newDir();
    await mkdir(dir);
    for (const [name, content] of Object.entries(files)) await writeFile(join(dir, name), content);
    const failure = openLayout(dir);
    await expect(failure).rejects.toMatchObject({ code: "invalid-layout" });
    await expect(failure).rejects.toThrow(message);
  });

  it("refuses a file in place of the directory", async () => {
    const dir = newDir();
    await writeFile(dir, "");
    await expect(openLayout(dir)).rejects.toMatchObject({ code: "invalid-layout" });
  });

  it("clears temporary files of processes that died, and only old ones", async () => {
    const dir = newDir();
    await openLayout(dir);
    await writeFile(join(dir, "tmp", "old"), "");
    await writeFile(join(dir, "tmp", "young"), "");
    await utimes(join(dir, "tmp", "old"), 1, 1);
    await openLayout(dir);
    expect(await readdir(join(dir, "tmp"))).toEqual(["young"]);
  });
});

describe("a layout", () => {
  it("ingests content whose digest is not known, once", async () => {
    const layout = await openLayout(newDir());
    const seen: string[] = [];
    const onDigest = (digest: string): void => void seen.push(digest);
    const first = await layout.ingest([Buffer.from("con"), Buffer.from("tent")], {
      mediaType: "text/plain",
      onDigest,
    });
    expect(first).toEqual({ mediaType: "text/plain", digest: digestOf("content"), size: 7 });
    expect(await layout.ingest([Buffer.from("content")])).toMatchObject({ digest: first.digest });
    expect(seen).toEqual([first.digest]);
    expect(await readdir(join(layout.dir, "tmp"))).toEqual([]);
    expect(await readdir(join(layout.dir, "blobs", "sha256"))).toEqual([hexOf(first.digest)]);
  });

  it("keeps nothing of an ingest that fails", async () => {
    const layout = await openLayout(newDir());
    const before = await snapshot(layout.dir);
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("half");
      throw new RangeError("the source broke");
    }
    await expect(layout.ingest(broken())).rejects.toThrow("the source broke");
    const refuse = (): never => {
      throw new RangeError("not this digest");
    };
    await expect(layout.ingest([Buffer.from("x")], { onDigest: refuse })).rejects.toThrow("not this digest");
    expect(await snapshot(layout.dir)).toEqual(before);
  });

  it("stores no byte when the same image comes again", async () => {
    const layout = await openLayout(newDir());
    const referrer = blob(
      JSON.stringify({ schemaVersion: 2, config: config.target, layers: [], subject: image.target }),
      MediaType.manifest,
    );
    const run = async (): Promise<void> => {
      await putImage(layout);
      await layout.repository("app").put(referrer.target, [referrer.bytes]);
    };
    await run();
    const before = await snapshot(layout.dir);
    await run();
    expect(await snapshot(layout.dir)).toEqual(before);
  });

  it("keeps repositories apart and shares their content", async () => {
    const layout = await openLayout(newDir());
    await putImage(layout, "one", "v1");
    await putImage(layout, "two/deep", "v2");
    expect(await layout.repositories()).toEqual(["one", "two/deep"]);
    expect(await layout.repository("one").tags()).toEqual(["v1"]);
    expect(await layout.repository("one").resolve("v2")).toBeUndefined();
    await layout.repository("one").delete(image.target);
    expect(await layout.repository("one").tags()).toEqual([]);
    expect(await layout.repository("two/deep").resolve("v2")).toEqual(image.target);
    expect(await layout.has(image.target)).toBe(true);
  });

  it("refuses repository names that registries do not allow", async () => {
    const layout = await openLayout(newDir());
    for (const name of ["", "App", "../x", "a//b", "a:b", "/a"]) {
      expect(() => layout.repository(name)).toThrow(expect.objectContaining({ code: "invalid-reference" }));
    }
  });

  it("holds no large blob in memory", async () => {
    const layout = await openLayout(newDir());
    const block = Buffer.alloc(1 << 20, "large");
    function* source(): Generator<Uint8Array> {
      for (let at = 0; at < 200; at++) yield block;
    }
    // Buffers count as external. The collector comes round every 64 MB or so.
    const memory = (): number => process.memoryUsage().external;
    const before = memory();
    let most = 0;
    const target = await layout.ingest(source(), { onDigest: () => (most = memory() - before) });
    expect(target.size).toBe(200 << 20);
    for await (const _chunk of await layout.open(target)) most = Math.max(most, memory() - before);
    expect(most).toBeLessThan(100e6);
  }, 60_000);

  it("notices a blob that was changed on disk", async () => {
    const layout = await openLayout(newDir());
    const { target, bytes } = blob("content");
    await layout.put(target, [bytes]);
    const path = join(layout.dir, "blobs", "sha256", hexOf(target.digest));
    const read = async (): Promise<void> => {
      for await (const _chunk of await layout.open(target));
    };
    await writeFile(path, "CONTENT");
    await expect(read()).rejects.toMatchObject({ code: "digest-mismatch" });
    await writeFile(path, "cont");
    await expect(read()).rejects.toMatchObject({ code: "size-mismatch" });
    expect(await layout.has(target)).toBe(false);
  });

  it("says by name what another process deleted after it was opened", async () => {
    const layout = await openLayout(newDir());
    const { target, bytes } = blob("content");
    await layout.put(target, [bytes]);
    const opened = await layout.open(target);
    await layout.delete(target);
    await expect(opened[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: "not-found" });
  });

  it("keeps referrers under the fallback tag, without old lists", async () => {
    const layout = await openLayout(newDir());
    const repository = layout.repository("app");
    await putImage(layout);
    const referrers = ["a", "b"].map((kind) =>
      blob(
        JSON.stringify({
          schemaVersion: 2,
          artifactType: kind,
          config: config.target,
          layers: [],
          subject: image.target,
        }),
        MediaType.manifest,
      ),
    );
    for (const { target, bytes } of referrers) await repository.put(target, [bytes]);
    const fallback = await repository.resolve(referrersTag(image.target.digest));
    expect(fallback?.mediaType).toBe(MediaType.index);
    const held = new Set([config, image, ...referrers].map(({ target }) => hexOf(target.digest)));
    held.add(hexOf(fallback!.digest));
    expect(new Set(await readdir(join(layout.dir, "blobs", "sha256")))).toEqual(held);
  });

  it("leaves entries of other tools as they are", async () => {
    const dir = newDir();
    const layout = await openLayout(dir);
    const foreign = {
      ...image.target,
      urls: ["https://example.org"],
      annotations: { "org.opencontainers.image.ref.name": "1.0" },
    };
    const index = { schemaVersion: 2, manifests: [foreign], annotations: { by: "another" } };
    await writeFile(join(dir, "index.json"), JSON.stringify(index));
    await putImage(layout);
    const after = JSON.parse(await readFile(join(dir, "index.json"), "utf8")) as typeof index;
    expect(after.manifests[0]).toEqual(foreign);
    expect(after.annotations).toEqual({ by: "another" });
    expect(await layout.repositories()).toEqual(["app"]);
  });
});

const INDEX = join(import.meta.dirname, "..", "index.ts");

function child(code: string): Promise<number> {
  const script = `import { openLayout } from ${JSON.stringify(INDEX)};
${code}`;
  const started = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  return new Promise((resolve) => started.on("exit", (status) => resolve(status ?? -1)));
}

describe("a layout used by several processes", () => {
  it("sees every change of another at once, also one of the same length", async () => {
    const mine = await openLayout(newDir());
    const other = blob(`${image.bytes.toString()}\n`, MediaType.manifest);
    const theirs = (await openLayout(mine.dir)).repository("app");
    await putImage(mine, "app", "even");
    await theirs.put(other.target, [other.bytes]);
    for (let round = 0; round < 20; round += 1) {
      const { target } = round % 2 === 0 ? other : image;
      await theirs.tag(target, "even");
      expect((await mine.repository("app").resolve("even"))?.digest).toBe(target.digest);
    }
  });

  it("sees what a tool wrote into the index file in place", async () => {
    const layout = await openLayout(newDir());
    await putImage(layout, "app", "v1");
    const file = join(layout.dir, "index.json");
    await utimes(file, 1, 1);
    expect(await layout.repository("app").tags()).toEqual(["v1"]);
    await writeFile(file, (await readFile(file, "utf8")).replace("app:v1", "app:v2"));
    expect(await layout.repository("app").tags()).toEqual(["v2"]);
  });

  it("says that the index file is gone", async () => {
    const layout = await openLayout(newDir());
    await rm(join(layout.dir, "index.json"));
    await expect(layout.repositories()).rejects.toMatchObject({ code: "invalid-layout" });
  });

  it("shows every list of referrers whole while others add to it", async () => {
    const layout = await openLayout(newDir());
    await putImage(layout);
    const repository = layout.repository("app");
    const many = 30;
    const referrers = Array.from({ length: many }, (_, at) =>
      blob(
        JSON.stringify({
          schemaVersion: 2,
          mediaType: MediaType.manifest,
          config: config.target,
          layers: [],
          subject: image.target,
          annotations: { at: String(at) },
        }),
        MediaType.manifest,
      ),
    );
    const finished = new AbortController();
    const seen: number[] = [];
    const reader = (async () => {
      while (!finished.signal.aborted) seen.push((await repository.referrers(image.target.digest)).length);
    })();
    await Promise.all(referrers.map(({ target, bytes }) => repository.put(target, [bytes])));
    finished.abort();
    await reader;
    expect(await repository.referrers(image.target.digest)).toHaveLength(many);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  });

  it("loses no tag and shows no torn index", async () => {
    const layout = await openLayout(newDir());
    await putImage(layout, "app", "first");
    const target = JSON.stringify(image.target);
    const children = [0, 1, 2].map((id) =>
      child(`
        const repository = (await openLayout(${JSON.stringify(layout.dir)})).repository("app");
        for (let at = 0; at < 15; at++) await repository.tag(${target}, "p${id}-" + at);
      `),
    );
    const finished = new AbortController();
    const reader = (async () => {
      while (!finished.signal.aborted) await layout.repository("app").tags();
    })();
    const statuses = await Promise.all(children);
    finished.abort();
    await reader;
    expect(statuses).toEqual([0, 0, 0]);
    expect(await layout.repository("app").tags()).toHaveLength(1 + 3 * 15);
  });
});

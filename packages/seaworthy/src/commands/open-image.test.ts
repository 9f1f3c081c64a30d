import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Descriptor, type Repository, openLayout } from "@seaworthy/oci";
import { type RunningRegistry, serveRegistry } from "@seaworthy/registry";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { putImages, putReferrer, writeLegacySave, writeSave } from "../../test/images.ts";
import { type TestMachine, testMachine } from "../../test/machine.ts";
import { type CopyFlags, runCopy } from "./copy.ts";
import { type Inspected, printImage } from "./inspect.ts";
import { type OpenedImage, imagesFor, openImage } from "./open-image.ts";

const { signal } = new AbortController();

let test: TestMachine;
let store: Repository;
let root: Descriptor;
let registry: RunningRegistry;
let remote: Repository;
beforeEach(async () => {
  test = testMachine();
  writeFileSync(join(test.dir, "seaworthy.config.ts"), 'export default { image: "acme/web" };\n');
  mkdirSync(join(test.dir, ".seaworthy"));
  store = (await openLayout(join(test.dir, ".seaworthy/store"))).repository("acme/web");
  root = await putImages(store);
  await store.tag(root, "Main-1");
  await store.tag(root, "main");
  const served = await openLayout(join(test.dir, "served"));
  remote = served.repository("far/web");
  registry = await serveRegistry({ store: served, uploads: join(test.dir, "uploads") });
});
afterEach(async () => {
  await registry.close();
  test[Symbol.dispose]();
});

const far = (suffix: string): string => `127.0.0.1:${registry.port}/far/web${suffix}`;
const open = (text: string): Promise<OpenedImage> => openImage(test.machine, text, { signal });
const copy = (from: string, to: string, flags: CopyFlags = {}) =>
  runCopy(test.machine, { from, to }, flags, () => {}, signal);

/** What was opened, and nothing left open. */
async function opened(text: string) {
  const { name, root: found, images, notes, close } = await open(text);
  await close();
  return { name, root: found.digest, platforms: images.map(({ platform }) => platform), notes };
}

describe("openImage", () => {
  it.each([
    ["a tag of the store", "main", "127.0.0.1:5000/acme/web:main"],
    ["a tag with upper case", "Main-1", "127.0.0.1:5000/acme/web:Main-1"],
    ["a repository of the store", "acme/web:main", "acme/web:main"],
    ["the embedded registry's name", "localhost:5000/acme/web:main", "localhost:5000/acme/web:main"],
  ])("opens %s without attestations", async (_what, text, name) => {
    expect(await opened(text)).toEqual({
      name,
      root: root.digest,
      platforms: ["linux/amd64", "linux/arm64"],
      notes: [],
    });
  });

  it("opens a digest of the store", async () => {
    expect(await opened(root.digest)).toMatchObject({ root: root.digest });
    expect(await opened(`acme/web@${root.digest}`)).toMatchObject({ root: root.digest });
  });

  it("opens what a registry has by tag and by digest, and attaches there", async () => {
    await copy("main", far(":1"));
    expect(await opened(far(":1"))).toMatchObject({ name: far(":1"), root: root.digest });
    const image = await open(far(`@${root.digest}`));
    const referrer = await putReferrer(image.repository, root);
    expect(await remote.referrers(root.digest)).toMatchObject([{ digest: referrer.digest }]);
  });

  it.each(["layout", "./layout", "oci:layout", "layout:1", "oci:layout:web:1", "oci:layout:web"])(
    "opens a layout as %s",
    async (text) => {
      await copy("main", "oci:layout:web:1");
      await copy("main", "oci:layout:web:web");
      expect(await opened(text)).toMatchObject({ root: root.digest });
    },
  );

  it("asks which, where a layout holds several", async () => {
    await copy("main", "oci:layout:web:1");
    const [first] = (await open("main")).images;
    await copy(first!.manifest.digest, "oci:layout:web:2");
    await expect(open("layout")).rejects.toThrow("oci:layout: expected one image; it holds web:1, web:2");
    await expect(open("layout:3")).rejects.toThrow('expected an image "3"; it holds web:1, web:2');
    expect(await opened("layout:2")).toMatchObject({ platforms: ["linux/amd64"] });
  });

  it("opens what docker save writes, and says what it leaves out", async () => {
    const file = await writeSave(store, root, test.dir);
    const { notes, ...image } = await opened(`${file}:web:1`);
    expect(image).toEqual({
      name: "save.tar:docker.io/library/web:1",
      root: root.digest,
      platforms: ["linux/amd64"],
    });
    expect(notes.join()).toMatch(/^not in the archive, .*linux\/arm64/);
  });

  it.each(["legacy.tar", "docker-archive:legacy.tar", "./legacy.tar:web:1"])(
    "opens what older docker save wrote as %s, and says that the digest is its own",
    async (text) => {
      await writeLegacySave(store, root, test.dir);
      const { platforms, notes } = await opened(text);
      expect(platforms).toEqual(["linux/amd64"]);
      expect(notes.join()).toContain("is not the one that a registry has");
    },
  );

  it("takes nothing into an archive and leaves nothing of it behind", async () => {
    const image = await open(await writeSave(store, root, test.dir));
    await expect(putReferrer(image.repository, root)).rejects.toMatchObject({ code: "usage" });
    await expect(image.repository.tag(root, "x")).rejects.toThrow("save.tar: an archive is only read");
    await image.close();
    writeFileSync(join(test.dir, "broken.tar"), "<html>".padEnd(600));
    await expect(open("broken.tar")).rejects.toThrow(/^broken.tar: tar header/);
    expect(readdirSync(join(test.dir, "cache/archives"))).toEqual([]);
  });

  it("says where it looked", async () => {
    await expect(open("Nothing")).rejects.toThrow(
      'image "Nothing": not found; looked for acme/web:Nothing in .seaworthy/store',
    );
    await expect(open(far(":none"))).rejects.toThrow(`not found; looked for ${far(":none")}`);
    await expect(open("./none.tar")).rejects.toThrow(
      `expected an archive, found none at ${test.dir}/none.tar`,
    );
    await expect(open("none.tgz")).rejects.toThrow("expected an archive");
    await expect(open("oci:none")).rejects.toThrow("expected a folder with an OCI layout");
  });

  it("gives the images of one platform, or says which there are", async () => {
    const image = await open("main");
    expect(imagesFor(image, "linux/arm64/v8").map(({ platform }) => platform)).toEqual(["linux/arm64"]);
    expect(imagesFor(image)).toBe(image.images);
    expect(() => imagesFor(image, "linux/s390x")).toThrow(
      "expected platform linux/s390x, found linux/amd64, linux/arm64",
    );
  });

  it("makes no store", async () => {
    using empty = testMachine();
    await expect(openImage(empty.machine, "Nothing", { signal })).rejects.toMatchObject({ code: "usage" });
    expect(existsSync(join(empty.dir, ".seaworthy"))).toBe(false);
  });
});

describe("inspect", () => {
  it("shows an image on lines that fit, without values of the environment", async () => {
    await putReferrer(store, root);
    await printImage(test.machine, "main", {}, signal);
    const { stdout } = test.said;
    expect(stdout).toMatch(/kind {4}index, 1 referrer\n/);
    expect(stdout).toMatch(/ {2}entrypoint {2}\/bin\/web "--listen all"\n/);
    expect(stdout).toMatch(/ {2}env {9}PATH TOKEN\n/);
    expect(stdout).toMatch(/COPY hello \/hello\n/);
    expect(stdout).not.toContain("hidden");
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it("gives the same as JSON, of one platform where that is asked for", async () => {
    await printImage(test.machine, "main", { json: true, platform: "arm64" }, signal);
    const { platforms, ...image } = JSON.parse(test.said.stdout) as Inspected;
    expect(image).toMatchObject({ digest: root.digest, kind: "index", referrers: 0 });
    expect(platforms).toMatchObject([
      {
        platform: "linux/arm64",
        config: { user: "65532:65532", env: ["PATH", "TOKEN"] },
        layers: [{ createdBy: expect.stringContaining("COPY hello") }],
      },
    ]);
  });
});

describe("copy", () => {
  it("takes along what refers to the index, to its platforms and to that", async () => {
    const sbom = await putReferrer(store, root);
    const signature = await putReferrer(store, sbom);
    const [amd64] = (await open("main")).images;
    const scan = await putReferrer(store, amd64!.manifest);
    const { reference } = await copy("main", far(":1"));
    expect(reference).toBe(far(`@${root.digest}`));
    const digestsOf = async (subject: Descriptor) =>
      (await remote.referrers(subject.digest)).map(({ digest }) => digest);
    expect(await digestsOf(root)).toEqual([sbom.digest]);
    expect(await digestsOf(sbom)).toEqual([signature.digest]);
    expect(await digestsOf(amd64!.manifest)).toEqual([scan.digest]);
    expect((await copy("main", far(":1"))).lines.join()).toContain(": 0 sent");
  });

  it("touches no tag where none is named", async () => {
    await copy("main", far(""));
    expect(await remote.tags()).toEqual([]);
    expect(await remote.resolve(root.digest)).toMatchObject({ digest: root.digest });
  });

  it("moves a tag that points at something else only by force, and sends nothing before", async () => {
    const [amd64] = (await open("main")).images;
    await copy(amd64!.manifest.digest, far(":1"));
    await expect(copy("main", far(":1"))).rejects.toMatchObject({ code: "usage" });
    expect(await remote.resolve(root.digest)).toBeUndefined();
    await copy("main", far(":1"), { force: true });
    expect(await remote.resolve("1")).toMatchObject({ digest: root.digest });
  });

  it("refuses a target with a digest", async () => {
    await expect(copy("main", far(`@${root.digest}`))).rejects.toThrow("found a digest");
  });

  it("puts an archive into the store", async () => {
    await copy(await writeLegacySave(store, root, test.dir), "other:1");
    expect(await opened("other:1")).toMatchObject({ platforms: ["linux/amd64"], notes: [] });
  });
});

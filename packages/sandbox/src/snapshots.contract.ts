import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { once } from "node:events";
import type { TarEntry, TarItem } from "@seaworthy/oci";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { entry, file, layer, read } from "../test/layers.ts";
import type { SnapshotId, Snapshots } from "./snapshots.ts";

export interface SnapshotsFixture extends Disposable {
  readonly snapshots: Snapshots;
  /** Where the implementation keeps everything, to look for leftovers. */
  readonly directory: string;
}

const never = new AbortController().signal;
const EPOCH = 1_700_000_000;

/** What every implementation of Snapshots keeps. */
export function snapshotsContract(open: () => SnapshotsFixture): void {
  let fixture: SnapshotsFixture;
  let snapshots: Snapshots;
  beforeEach(() => {
    fixture = open();
    ({ snapshots } = fixture);
  });
  afterEach(() => fixture[Symbol.dispose]());

  const keep = (id: SnapshotId, parents: readonly SnapshotId[], change: (root: string) => void): void => {
    const draft = snapshots.prepare(parents);
    change(draft.root);
    snapshots.commit(draft, id);
  };
  const diff = async (
    id: SnapshotId,
    parents: readonly SnapshotId[],
  ): Promise<(TarEntry & { text: string })[]> => read(snapshots.diff(id, parents, EPOCH));
  const paths = async (id: SnapshotId, parents: readonly SnapshotId[]): Promise<string[]> =>
    (await diff(id, parents)).map(({ path }) => path);

  describe("drafts and views", () => {
    it("knows what was committed and nothing else", () => {
      expect(snapshots.has("one")).toBe(false);
      keep("one", [], () => {});
      expect(snapshots.has("one")).toBe(true);
    });

    it("shows the topmost parent where several have a file", () => {
      keep("one", [], (root) => {
        writeFileSync(`${root}/both`, "1");
        writeFileSync(`${root}/first`, "1");
      });
      keep("two", ["one"], (root) => writeFileSync(`${root}/both`, "2"));
      using view = snapshots.view(["one", "two"]);
      expect(readFileSync(`${view.root}/both`, "utf8")).toBe("2");
      expect(readFileSync(`${view.root}/first`, "utf8")).toBe("1");
    });

    it("leaves the parents as they are when a draft changes their files", () => {
      keep("one", [], (root) => writeFileSync(`${root}/a`, "old"));
      keep("two", ["one"], (root) => {
        writeFileSync(`${root}/a`, "new");
      });
      keep("three", ["one"], (root) => rmSync(`${root}/a`));
      using view = snapshots.view(["one"]);
      expect(readFileSync(`${view.root}/a`, "utf8")).toBe("old");
    });

    it("refuses to write into a view", () => {
      keep("one", [], (root) => mkdirSync(`${root}/d`));
      using view = snapshots.view(["one"]);
      expect(() => writeFileSync(`${view.root}/d/f`, "")).toThrow(/EROFS/);
    });

    it("gives an empty view of no parents", () => {
      using view = snapshots.view([]);
      expect(readdirSync(view.root)).toEqual([]);
    });

    it("shows nothing of the runtime's mount points in a view", () => {
      keep("one", [], () => {});
      using view = snapshots.view(["one"]);
      expect(readdirSync(view.root)).toEqual([]);
    });

    it("throws a draft away that is not committed", () => {
      {
        using draft = snapshots.prepare([]);
        writeFileSync(`${draft.root}/a`, "");
      }
      snapshots[Symbol.dispose]();
      expect(readdirSync(`${fixture.directory}/tmp`)).toEqual([]);
    });

    it("keeps the first of two commits under one name", () => {
      const draft = snapshots.prepare([]);
      writeFileSync(`${draft.root}/a`, "first");
      keep("one", [], (root) => writeFileSync(`${root}/a`, "second"));
      snapshots.commit(draft, "one");
      using view = snapshots.view(["one"]);
      expect(readFileSync(`${view.root}/a`, "utf8")).toBe("second");
    });

    it("refuses to commit a draft twice", () => {
      const draft = snapshots.prepare([]);
      snapshots.commit(draft, "one");
      expect(() => snapshots.commit(draft, "two")).toThrow(
        expect.objectContaining({ code: "invalid-snapshot" }),
      );
    });

    it("stacks 120 layers", () => {
      const ids: string[] = [];
      for (let index = 0; index < 120; index += 1) {
        const id = `layer-${String(index).padStart(3, "0")}-${"x".repeat(60)}`;
        keep(id, [], (root) => {
          writeFileSync(`${root}/f${index}`, `${index}`);
          writeFileSync(`${root}/all`, `${index}`);
        });
        ids.push(id);
      }
      using draft = snapshots.prepare(ids);
      expect(readFileSync(`${draft.root}/all`, "utf8")).toBe("119");
      expect(readFileSync(`${draft.root}/f0`, "utf8")).toBe("0");
      using view = snapshots.view(ids);
      expect(readdirSync(view.root)).toHaveLength(121);
    });

    it.each(["", "../x", "a/b", ".", "-a", "a".repeat(201), "a\0b"])("refuses the name %j", (id) => {
      expect(() => snapshots.has(id)).toThrow(expect.objectContaining({ code: "invalid-snapshot" }));
    });

    it("names a parent that is missing", () => {
      expect(() => snapshots.prepare(["nothing"])).toThrow(
        expect.objectContaining({ code: "invalid-snapshot", message: expect.stringContaining("nothing") }),
      );
    });

    it("hands on the root directory's mode and owner", async () => {
      await snapshots.extract(layer(entry(".", "directory", { mode: 0o711, uid: 3, gid: 4 })), "one", never);
      keep("two", ["one"], (root) => writeFileSync(`${root}/a`, ""));
      using view = snapshots.view(["one", "two"]);
      expect(lstatSync(view.root)).toMatchObject({ mode: 0o040_711, uid: 3, gid: 4 });
      expect(await paths("two", ["one"])).toEqual(["a"]);
    });

    it("removes a snapshot", async () => {
      keep("one", [], (root) => writeFileSync(`${root}/a`, ""));
      await snapshots.remove("one");
      await snapshots.remove("one");
      expect(snapshots.has("one")).toBe(false);
    });
  });

  describe("unpacking", () => {
    it("gives back every kind of member as it was", async () => {
      const xattrs = new Map<string, Uint8Array>([
        // A version 2 capability: cap_net_bind_service, permitted and effective.
        ["security.capability", Buffer.from("0100000200040000000000000000000000000000", "hex")],
        ["user.note", Buffer.from([0, 255, 1])],
      ]);
      const items = [
        entry("dev", "directory", { mtime: 5 }),
        entry("dev/disk", "block", { mode: 0o660, gid: 6, devMajor: 259, devMinor: 300 }),
        entry("dev/null", "char", { mode: 0o666, devMajor: 1, devMinor: 3 }),
        entry("dev/pipe", "fifo", { mode: 0o600 }),
        entry("etc", "directory", { mode: 0o1777, uid: 12, gid: 13 }),
        file("etc/a", "text", { mode: 0o640, uid: 1000, gid: 1001 }),
        entry("etc/dangling", "symlink", { linkname: "/no/where", uid: 7 }),
        entry("etc/empty", "file"),
        file("etc/naïve ☃", "ü"),
        file("etc/tool", "#!/bin/sh", { mode: 0o6755, xattrs }),
        entry("etc/twin", "hardlink", { mode: 0o6755, linkname: "etc/tool" }),
      ];
      await snapshots.extract(layer(...items), "one", never);
      const found = await diff("one", []);
      const expected = await read(layer(...items));
      expect(found).toEqual(expected);
    });

    it("keeps fractions of a second", async () => {
      await snapshots.extract(layer(entry("a", "file", { mtime: 1_600_000_000.25 })), "one", never);
      using view = snapshots.view(["one"]);
      expect(lstatSync(`${view.root}/a`).mtimeMs).toBe(1_600_000_000_250);
    });

    it("sets a directory's time after its children were made", async () => {
      await snapshots.extract(layer(entry("d", "directory", { mtime: 77 }), file("d/a", "x")), "one", never);
      using view = snapshots.view(["one"]);
      expect(lstatSync(`${view.root}/d`).mtimeMs).toBe(77_000);
    });

    it("follows a link between directories inside the layer", async () => {
      const items = [
        entry("usr", "directory"),
        entry("usr/bin", "directory"),
        entry("bin", "symlink", { linkname: "usr/bin" }),
        file("bin/tool", "x"),
        entry("abs", "symlink", { linkname: "/usr/bin" }),
        file("abs/other", "y"),
        entry("bin/link", "hardlink", { linkname: "abs/other" }),
      ];
      await snapshots.extract(layer(...items), "one", never);
      expect(await paths("one", [])).toEqual([
        "abs",
        "bin",
        "usr",
        "usr/bin",
        "usr/bin/link",
        "usr/bin/other",
        "usr/bin/tool",
      ]);
    });

    it("lets a later member take the place of an earlier one of another kind", async () => {
      const items = [
        file("a", "file"),
        entry("a", "directory"),
        file("a/inside", "x"),
        entry("a", "symlink", { linkname: "b" }),
        file("a", "again"),
        entry("d", "directory"),
        file("d/kept", "x"),
        entry("d", "directory", { mode: 0o700 }),
        entry("s", "symlink", { linkname: "d" }),
        entry("s", "directory"),
        file("s/own", "x"),
      ];
      await snapshots.extract(layer(...items), "one", never);
      const found = await diff("one", []);
      expect(found.map(({ path, type, text }) => [path, type, text])).toEqual([
        ["a", "file", "again"],
        ["d", "directory", ""],
        ["d/kept", "file", "x"],
        ["s", "directory", ""],
        ["s/own", "file", "x"],
      ]);
    });

    it("deletes what the layers below have", async () => {
      await snapshots.extract(layer(file("d/a", "1"), file("d/b", "1"), file("e/c/x", "1")), "one", never);
      const items = [entry("d/.wh.a", "file"), entry(".wh.e", "file"), entry("d/.wh..wh.plnk", "file")];
      await snapshots.extract(layer(...items), "two", never, ["one"]);
      using view = snapshots.view(["one", "two"]);
      expect(readdirSync(view.root)).toEqual(["d"]);
      expect(readdirSync(`${view.root}/d`)).toEqual(["b"]);
      expect(await paths("two", ["one"])).toEqual(["d", "d/.wh.a", ".wh.e"]);
    });

    it("keeps what a layer brings itself, before or after it deletes the name", async () => {
      await snapshots.extract(layer(file("d/old", "1"), file("e/old", "1"), file("f", "1")), "one", never);
      const items = [
        entry("d", "directory"),
        file("d/new", "2"),
        entry(".wh.d", "file"),
        entry(".wh.e", "file"),
        entry("e", "directory"),
        file("e/new", "2"),
        entry(".wh.f", "file"),
        file("f", "2"),
      ];
      await snapshots.extract(layer(...items), "two", never, ["one"]);
      using view = snapshots.view(["one", "two"]);
      expect(readdirSync(`${view.root}/d`)).toEqual(["new"]);
      expect(readdirSync(`${view.root}/e`)).toEqual(["new"]);
      expect(readFileSync(`${view.root}/f`, "utf8")).toBe("2");
    });

    it("hides all a directory had below it when it is opaque", async () => {
      await snapshots.extract(layer(file("d/a", "1"), file("d/e/b", "1"), file("x", "1")), "one", never);
      await snapshots.extract(layer(file("d/n", "2"), entry("d/.wh..wh..opq", "file")), "two", never, [
        "one",
      ]);
      using view = snapshots.view(["one", "two"]);
      expect(readdirSync(`${view.root}/d`)).toEqual(["n"]);
      expect(await paths("two", ["one"])).toEqual(["d", "d/.wh..wh..opq", "d/n"]);
    });

    it("hides everything below when the root is opaque", async () => {
      await snapshots.extract(layer(file("d/a", "1"), file("x", "1")), "one", never);
      await snapshots.extract(layer(entry(".wh..wh..opq", "file"), file("d/n", "2")), "two", never, ["one"]);
      using view = snapshots.view(["one", "two"]);
      expect(readdirSync(view.root)).toEqual(["d"]);
      expect(readdirSync(`${view.root}/d`)).toEqual(["n"]);
    });

    it("gives a directory the layer does not mention the attributes it has below", async () => {
      await snapshots.extract(
        layer(entry("tmp", "directory", { mode: 0o1777, gid: 9, mtime: 5 })),
        "one",
        never,
      );
      await snapshots.extract(layer(file("tmp/new", "")), "two", never, ["one"]);
      using view = snapshots.view(["one", "two"]);
      expect(lstatSync(`${view.root}/tmp`)).toMatchObject({ mode: 0o041_777, gid: 9, mtimeMs: 5000 });
    });

    it("links to a file that only a parent has", async () => {
      await snapshots.extract(layer(file("d/a", "text", { mode: 0o4711, uid: 5 })), "one", never);
      await snapshots.extract(layer(entry("b", "hardlink", { linkname: "./d/a" })), "two", never, ["one"]);
      using view = snapshots.view(["one", "two"]);
      expect(readFileSync(`${view.root}/b`, "utf8")).toBe("text");
      expect(lstatSync(`${view.root}/b`)).toMatchObject({ mode: 0o104_711, uid: 5, nlink: 2 });
    });

    it("reads nothing where the snapshot is there already", async () => {
      await snapshots.extract(layer(file("a", "1")), "one", never);
      let reads = 0;
      const source: AsyncIterable<TarItem> = {
        async *[Symbol.asyncIterator]() {
          reads += 1;
          yield file("a", "2");
        },
      };
      await snapshots.extract(source, "one", never);
      expect(reads).toBe(0);
    });

    it("keeps nothing of a layer that breaks off", async () => {
      const broken = new Error("connection lost");
      async function* source(): AsyncGenerator<TarItem> {
        yield file("a", "1");
        throw broken;
      }
      await expect(snapshots.extract(source(), "one", never)).rejects.toBe(broken);
      expect(snapshots.has("one")).toBe(false);
      snapshots[Symbol.dispose]();
      expect(readdirSync(`${fixture.directory}/tmp`)).toEqual([]);
    });

    it("passes on the error of a content stream", async () => {
      const broken = new Error("digest mismatch");
      async function* content(): AsyncGenerator<Uint8Array> {
        yield Buffer.from("ab");
        throw broken;
      }
      const item = { ...entry("a", "file", { size: 4 }), content: content() };
      await expect(snapshots.extract(layer(item), "one", never)).rejects.toMatchObject({ cause: broken });
    });

    it("stops when it is cancelled", async () => {
      const stop = new AbortController();
      async function* source(): AsyncGenerator<TarItem> {
        yield file("a", "1");
        stop.abort();
        yield file("b", "1");
      }
      await expect(snapshots.extract(source(), "one", stop.signal)).rejects.toMatchObject({
        code: "aborted",
      });
      expect(snapshots.has("one")).toBe(false);
    });

    it.each([
      ["more", "12345"],
      ["less", "123"],
    ])("refuses a file with %s bytes than announced", async (_, text) => {
      await expect(
        snapshots.extract(layer(file("a", text, { size: 4 })), "one", never),
      ).rejects.toMatchObject({
        code: "invalid-layer",
      });
    });
  });

  describe("attacks", () => {
    const attack = async (...items: TarItem[]): Promise<unknown> =>
      snapshots.extract(layer(...items), "evil", never).then(
        () => undefined,
        (error: unknown) => error,
      );

    it.each(["../escaped", "/escaped", "a/../../escaped", "a//b", "a/./b", "", "..", "a/..", "a\0b", "./a"])(
      "refuses the path %j",
      async (path) => {
        expect(await attack(file(path, "x"))).toMatchObject({ code: "path-escape" });
        expect(existsSync(`${fixture.directory}/escaped`)).toBe(false);
      },
    );

    it.each(["../../../../../../../../../tmp", "/"])(
      "keeps a file inside that goes through a link to %j",
      async (to) => {
        const name = `seaworthy-escaped-${process.pid}`;
        await attack(
          entry("out", "symlink", { linkname: to }),
          file(`out/${name}`, "x"),
          file(`out/deep/${name}`, "x"),
        );
        for (const dir of ["/tmp", "/", "/deep", "/tmp/deep"])
          expect(existsSync(`${dir}/${name}`)).toBe(false);
      },
    );

    it("keeps a file inside that goes through a chain of links", async () => {
      const name = `seaworthy-escaped-${process.pid}`;
      await attack(
        entry("a", "directory"),
        entry("a/b", "symlink", { linkname: "../../.." }),
        entry("c", "symlink", { linkname: "a/b/../../.." }),
        file(`c/tmp/${name}`, "x"),
        file(`c/${name}`, "x"),
      );
      for (const dir of ["/tmp", "/", ".."]) expect(existsSync(`${dir}/${name}`)).toBe(false);
    });

    it("does not write through a link that has the file's own name", async () => {
      const outside = `${fixture.directory}/outside`;
      writeFileSync(outside, "untouched");
      await attack(entry("a", "symlink", { linkname: outside }), file("a", "evil"));
      expect(readFileSync(outside, "utf8")).toBe("untouched");
    });

    it("does not write through a hard link to a file outside", async () => {
      const outside = `${fixture.directory}/outside`;
      writeFileSync(outside, "untouched");
      const error = await attack(entry("a", "hardlink", { linkname: outside }), file("a", "evil"));
      expect(error).toMatchObject({ code: "invalid-layer" });
      expect(await attack(entry("a", "hardlink", { linkname: "../../../../etc/passwd" }))).toMatchObject({
        code: "path-escape",
      });
      const through = [
        entry("l", "symlink", { linkname: "/etc" }),
        entry("p", "hardlink", { linkname: "l/passwd" }),
      ];
      expect(await attack(...through)).toMatchObject({ code: "invalid-layer" });
      expect(readFileSync(outside, "utf8")).toBe("untouched");
    });

    it("does not forget a directory that became a link", async () => {
      const outside = `${fixture.directory}/out`;
      mkdirSync(outside);
      await attack(
        entry("d", "directory"),
        file("d/first", "x"),
        entry("d", "symlink", { linkname: outside }),
        file("d/second", "x"),
      );
      expect(readdirSync(outside)).toEqual([]);
    });

    it("does not change what a link of the name of a directory points to", async () => {
      const outside = `${fixture.directory}/out`;
      mkdirSync(outside);
      chmodSync(outside, 0o700);
      await attack(
        entry("d", "symlink", { linkname: outside }),
        entry("d", "directory", { mode: 0o777, uid: 9 }),
      );
      expect(lstatSync(outside)).toMatchObject({ mode: 0o040_700, uid: 0 });
    });

    it.each([".wh..", ".wh...", ".wh.", "d/.wh..."])("refuses the whiteout %j", async (path) => {
      expect(await attack(entry("d", "directory"), entry(path, "file"))).toMatchObject({
        code: "path-escape",
      });
    });

    it.each([file("caf\udce9", "x"), entry("a", "symlink", { linkname: "caf\udce9" })])(
      "refuses a name it would have to change",
      async (item) => {
        expect(await attack(item)).toMatchObject({ code: "unsupported-name" });
      },
    );

    it("refuses a loop of links", async () => {
      const items = [entry("a", "symlink", { linkname: "b" }), entry("b", "symlink", { linkname: "a" })];
      expect(await attack(...items, file("a/x", ""))).toMatchObject({ code: "path-escape" });
    });

    it("refuses a file below a file", async () => {
      expect(await attack(file("a", "x"), file("a/b", "x"))).toMatchObject({ code: "invalid-layer" });
    });

    it("does not let a layer speak to the overlay", async () => {
      await snapshots.extract(layer(file("secret/a", "1")), "one", never);
      const xattrs = new Map<string, Uint8Array>([
        ["trusted.overlay.redirect", Buffer.from("/secret")],
        ["user.overlay.redirect", Buffer.from("/secret")],
        ["trusted.overlay.opaque", Buffer.from("y")],
      ]);
      await snapshots.extract(layer(entry("open", "directory", { xattrs })), "two", never, ["one"]);
      using view = snapshots.view(["one", "two"]);
      expect(readdirSync(`${view.root}/open`)).toEqual([]);
      expect((await diff("two", ["one"]))[0]?.xattrs).toBeUndefined();
    });
  });

  describe("differences", () => {
    it("clamps times, sorts names and is the same every time", async () => {
      keep("one", [], (root) => {
        for (const name of ["b", "a", "ä", "a.b", "A"]) writeFileSync(`${root}/${name}`, name);
        mkdirSync(`${root}/a.d`);
        writeFileSync(`${root}/a.d/x`, "");
        lutimesSync(`${root}/b`, 5.5, 5.5);
      });
      const found = await diff("one", []);
      expect(found.map(({ path, mtime }) => [path, mtime])).toEqual([
        ["A", EPOCH],
        ["a", EPOCH],
        ["a.b", EPOCH],
        ["a.d", EPOCH],
        ["a.d/x", EPOCH],
        ["b", 5],
        ["ä", EPOCH],
      ]);
      expect(await diff("one", [])).toEqual(found);
    });

    it("is empty where nothing was changed", async () => {
      keep("one", [], (root) => mkdirSync(`${root}/d`));
      keep("two", ["one"], () => {});
      expect(await paths("two", ["one"])).toEqual([]);
    });

    it("names the directories around a change", async () => {
      keep("one", [], (root) => mkdirSync(`${root}/a/b/c`, { recursive: true }));
      keep("two", ["one"], (root) => writeFileSync(`${root}/a/b/f`, ""));
      expect(await paths("two", ["one"])).toEqual(["a", "a/b", "a/b/f"]);
    });

    it("marks deletions, and replaced directories only where a parent had them", async () => {
      keep("one", [], (root) => {
        mkdirSync(`${root}/old/sub`, { recursive: true });
        writeFileSync(`${root}/old/f`, "");
        writeFileSync(`${root}/gone`, "");
        symlinkSync("old", `${root}/link`);
      });
      keep("two", ["one"], (root) => {
        rmSync(`${root}/gone`);
        rmSync(`${root}/old`, { recursive: true });
        mkdirSync(`${root}/old/sub`, { recursive: true });
        rmSync(`${root}/link`);
        mkdirSync(`${root}/link`);
        mkdirSync(`${root}/new/sub`, { recursive: true });
      });
      expect(await paths("two", ["one"])).toEqual([
        ".wh.gone",
        "link",
        "new",
        "new/sub",
        "old",
        "old/.wh..wh..opq",
        "old/sub",
      ]);
    });

    it("can be unpacked to the same tree", async () => {
      keep("one", [], (root) => {
        mkdirSync(`${root}/d`);
        for (const name of ["a", "b"]) writeFileSync(`${root}/d/${name}`, name);
        writeFileSync(`${root}/x`, "x");
      });
      keep("two", ["one"], (root) => {
        rmSync(`${root}/d`, { recursive: true });
        mkdirSync(`${root}/d`);
        writeFileSync(`${root}/d/c`, "c");
        rmSync(`${root}/x`);
      });
      await snapshots.extract(snapshots.diff("two", ["one"], EPOCH), "copy", never, ["one"]);
      expect(await diff("copy", ["one"])).toEqual(await diff("two", ["one"]));
      using view = snapshots.view(["one", "copy"]);
      expect(readdirSync(view.root)).toEqual(["d"]);
      expect(readdirSync(`${view.root}/d`)).toEqual(["c"]);
    });

    it("keeps hard links among new files", async () => {
      keep("one", [], (root) => {
        writeFileSync(`${root}/b`, "text");
        linkSync(`${root}/b`, `${root}/a`);
      });
      expect(
        (await diff("one", [])).map(({ path, type, linkname, size }) => [path, type, linkname, size]),
      ).toEqual([
        ["a", "file", undefined, 4],
        ["b", "hardlink", "a", 0],
      ]);
    });

    it("streams a large file in slices", async () => {
      const size = 3 * 2 ** 20 + 5;
      keep("one", [], (root) => writeFileSync(`${root}/big`, Buffer.alloc(size, 7)));
      for await (const { entry: found, content } of snapshots.diff("one", [], EPOCH)) {
        const lengths: number[] = [];
        for await (const chunk of content) lengths.push(chunk.length);
        expect(found.size).toBe(size);
        expect(lengths).toEqual([2 ** 20, 2 ** 20, 2 ** 20, 5]);
      }
    });

    it("leaves sockets out", async () => {
      const draft = snapshots.prepare([]);
      const server = createServer().listen(`${draft.upper}/sock`);
      await once(server, "listening");
      writeFileSync(`${draft.root}/a`, "");
      expect(readdirSync(draft.upper)).toContain("sock");
      // Closing would remove the file.
      snapshots.commit(draft, "one");
      expect(await paths("one", [])).toEqual(["a"]);
      server.close();
    });

    it("keeps a link as it is written", async () => {
      keep("one", [], (root) => symlinkSync("/abs/olute", `${root}/l`));
      using view = snapshots.view(["one"]);
      expect(readlinkSync(`${view.root}/l`)).toBe("/abs/olute");
      expect(await diff("one", [])).toMatchObject([{ path: "l", type: "symlink", linkname: "/abs/olute" }]);
    });

    it("says where a name is not UTF-8", async () => {
      keep("one", [], (root) => {
        mkdirSync(`${root}/d`);
        writeFileSync(Buffer.concat([Buffer.from(`${root}/d/`), Buffer.from([0xe9])]), "");
      });
      await expect(diff("one", [])).rejects.toMatchObject({
        code: "unsupported-name",
        message: expect.stringContaining("d/"),
      });
    });

    it("refuses a file that would read as a deletion", async () => {
      keep("one", [], (root) => writeFileSync(`${root}/.wh.a`, ""));
      await expect(diff("one", [])).rejects.toMatchObject({ code: "unsupported-name" });
    });

    it("tells of a changed root directory", async () => {
      keep("one", [], (root) => chmodSync(root, 0o700));
      expect(await diff("one", [])).toMatchObject([{ path: ".", type: "directory", mode: 0o700 }]);
    });
  });
}

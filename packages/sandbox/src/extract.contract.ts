import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  writeFileSync,
} from "node:fs";
import type { TarItem } from "@seaworthy/oci";
import { describe, expect, it } from "vitest";
import { entry, file, layer, read } from "../test/layers.ts";
import { SnapshotsBench, type SnapshotsFixture } from "../test/snapshots-bench.ts";

const never = new AbortController().signal;

/** How every implementation of Snapshots unpacks layers, also hostile ones. */
export function extractContract(open: () => SnapshotsFixture): void {
  const bench = new SnapshotsBench(open);

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
      await bench.snapshots.extract(layer(...items), "one", never);
      const found = await bench.diff("one", []);
      const expected = await read(layer(...items));
      expect(found).toEqual(expected);
    });

    it("keeps fractions of a second", async () => {
      await bench.snapshots.extract(layer(entry("a", "file", { mtime: 1_600_000_000.25 })), "one", never);
      using view = bench.snapshots.view(["one"]);
      expect(lstatSync(`${view.root}/a`).mtimeMs).toBe(1_600_000_000_250);
    });

    it("sets a directory's time after its children were made", async () => {
      await bench.snapshots.extract(
        layer(entry("d", "directory", { mtime: 77 }), file("d/a", "x")),
        "one",
        never,
      );
      using view = bench.snapshots.view(["one"]);
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
      await bench.snapshots.extract(layer(...items), "one", never);
      expect(await bench.paths("one", [])).toEqual([
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
      await bench.snapshots.extract(layer(...items), "one", never);
      const found = await bench.diff("one", []);
      expect(found.map(({ path, type, text }) => [path, type, text])).toEqual([
        ["a", "file", "again"],
        ["d", "directory", ""],
        ["d/kept", "file", "x"],
        ["s", "directory", ""],
        ["s/own", "file", "x"],
      ]);
    });

    it("deletes what the layers below have", async () => {
      await bench.snapshots.extract(
        layer(file("d/a", "1"), file("d/b", "1"), file("e/c/x", "1")),
        "one",
        never,
      );
      const items = [entry("d/.wh.a", "file"), entry(".wh.e", "file"), entry("d/.wh..wh.plnk", "file")];
      await bench.snapshots.extract(layer(...items), "two", never, ["one"]);
      using view = bench.snapshots.view(["one", "two"]);
      expect(readdirSync(view.root)).toEqual(["d"]);
      expect(readdirSync(`${view.root}/d`)).toEqual(["b"]);
      expect(await bench.paths("two", ["one"])).toEqual(["d", "d/.wh.a", ".wh.e"]);
    });

    it("keeps what a layer brings itself, before or after it deletes the name", async () => {
      await bench.snapshots.extract(
        layer(file("d/old", "1"), file("e/old", "1"), file("f", "1")),
        "one",
        never,
      );
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
      await bench.snapshots.extract(layer(...items), "two", never, ["one"]);
      using view = bench.snapshots.view(["one", "two"]);
      expect(readdirSync(`${view.root}/d`)).toEqual(["new"]);
      expect(readdirSync(`${view.root}/e`)).toEqual(["new"]);
      expect(readFileSync(`${view.root}/f`, "utf8")).toBe("2");
    });

    it("hides all a directory had below it when it is opaque", async () => {
      await bench.snapshots.extract(
        layer(file("d/a", "1"), file("d/e/b", "1"), file("x", "1")),
        "one",
        never,
      );
      await bench.snapshots.extract(layer(file("d/n", "2"), entry("d/.wh..wh..opq", "file")), "two", never, [
        "one",
      ]);
      using view = bench.snapshots.view(["one", "two"]);
      expect(readdirSync(`${view.root}/d`)).toEqual(["n"]);
      expect(await bench.paths("two", ["one"])).toEqual(["d", "d/.wh..wh..opq", "d/n"]);
    });

    it("hides everything below when the root is opaque", async () => {
      await bench.snapshots.extract(layer(file("d/a", "1"), file("x", "1")), "one", never);
      await bench.snapshots.extract(layer(entry(".wh..wh..opq", "file"), file("d/n", "2")), "two", never, [
        "one",
      ]);
      using view = bench.snapshots.view(["one", "two"]);
      expect(readdirSync(view.root)).toEqual(["d"]);
      expect(readdirSync(`${view.root}/d`)).toEqual(["n"]);
    });

    it("gives a directory the layer does not mention the attributes it has below", async () => {
      await bench.snapshots.extract(
        layer(entry("tmp", "directory", { mode: 0o1777, gid: 9, mtime: 5 })),
        "one",
        never,
      );
      await bench.snapshots.extract(layer(file("tmp/new", "")), "two", never, ["one"]);
      using view = bench.snapshots.view(["one", "two"]);
      expect(lstatSync(`${view.root}/tmp`)).toMatchObject({ mode: 0o041_777, gid: 9, mtimeMs: 5000 });
    });

    it("links to a file that only a parent has", async () => {
      await bench.snapshots.extract(layer(file("d/a", "text", { mode: 0o4711, uid: 5 })), "one", never);
      await bench.snapshots.extract(layer(entry("b", "hardlink", { linkname: "./d/a" })), "two", never, [
        "one",
      ]);
      using view = bench.snapshots.view(["one", "two"]);
      expect(readFileSync(`${view.root}/b`, "utf8")).toBe("text");
      expect(lstatSync(`${view.root}/b`)).toMatchObject({ mode: 0o104_711, uid: 5, nlink: 2 });
    });

    it("reads nothing where the snapshot is there already", async () => {
      await bench.snapshots.extract(layer(file("a", "1")), "one", never);
      let reads = 0;
      const source: AsyncIterable<TarItem> = {
        async *[Symbol.asyncIterator]() {
          reads += 1;
          yield file("a", "2");
        },
      };
      await bench.snapshots.extract(source, "one", never);
      expect(reads).toBe(0);
    });

    it("keeps nothing of a layer that breaks off", async () => {
      const broken = new Error("connection lost");
      async function* source(): AsyncGenerator<TarItem> {
        yield file("a", "1");
        throw broken;
      }
      await expect(bench.snapshots.extract(source(), "one", never)).rejects.toBe(broken);
      expect(bench.snapshots.has("one")).toBe(false);
      bench.snapshots[Symbol.dispose]();
      expect(readdirSync(`${bench.fixture.directory}/tmp`)).toEqual([]);
    });

    it("passes on the error of a content stream", async () => {
      const broken = new Error("digest mismatch");
      async function* content(): AsyncGenerator<Uint8Array> {
        yield Buffer.from("ab");
        throw broken;
      }
      const item = { ...entry("a", "file", { size: 4 }), content: content() };
      await expect(bench.snapshots.extract(layer(item), "one", never)).rejects.toMatchObject({
        cause: broken,
      });
    });

    it("stops when it is cancelled", async () => {
      const stop = new AbortController();
      async function* source(): AsyncGenerator<TarItem> {
        yield file("a", "1");
        stop.abort();
        yield file("b", "1");
      }
      await expect(bench.snapshots.extract(source(), "one", stop.signal)).rejects.toMatchObject({
        code: "aborted",
      });
      expect(bench.snapshots.has("one")).toBe(false);
    });

    it.each([
      ["more", "12345"],
      ["less", "123"],
    ])("refuses a file with %s bytes than announced", async (_, text) => {
      await expect(
        bench.snapshots.extract(layer(file("a", text, { size: 4 })), "one", never),
      ).rejects.toMatchObject({
        code: "invalid-layer",
      });
    });
  });

  describe("attacks", () => {
    const attack = async (...items: TarItem[]): Promise<unknown> =>
      bench.snapshots.extract(layer(...items), "evil", never).then(
        () => undefined,
        (error: unknown) => error,
      );

    it.each(["../escaped", "/escaped", "a/../../escaped", "a//b", "a/./b", "", "..", "a/..", "a\0b", "./a"])(
      "refuses the path %j",
      async (path) => {
        expect(await attack(file(path, "x"))).toMatchObject({ code: "path-escape" });
        expect(existsSync(`${bench.fixture.directory}/escaped`)).toBe(false);
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
      const outside = `${bench.fixture.directory}/outside`;
      writeFileSync(outside, "untouched");
      await attack(entry("a", "symlink", { linkname: outside }), file("a", "evil"));
      expect(readFileSync(outside, "utf8")).toBe("untouched");
    });

    it("does not write through a hard link to a file outside", async () => {
      const outside = `${bench.fixture.directory}/outside`;
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
      const outside = `${bench.fixture.directory}/out`;
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
      const outside = `${bench.fixture.directory}/out`;
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
      await bench.snapshots.extract(layer(file("secret/a", "1")), "one", never);
      const xattrs = new Map<string, Uint8Array>([
        ["trusted.overlay.redirect", Buffer.from("/secret")],
        ["user.overlay.redirect", Buffer.from("/secret")],
        ["trusted.overlay.opaque", Buffer.from("y")],
      ]);
      await bench.snapshots.extract(layer(entry("open", "directory", { xattrs })), "two", never, ["one"]);
      using view = bench.snapshots.view(["one", "two"]);
      expect(readdirSync(`${view.root}/open`)).toEqual([]);
      expect((await bench.diff("two", ["one"]))[0]?.xattrs).toBeUndefined();
    });
  });
}

import {
  chmodSync,
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
import { describe, expect, it } from "vitest";
import { entry, layer } from "../test/layers.ts";
import { EPOCH, SnapshotsBench, type SnapshotsFixture } from "../test/snapshots-bench.ts";

const never = new AbortController().signal;

/** What every implementation of Snapshots keeps, but for how it unpacks: see `extract.contract.ts`. */
export function snapshotsContract(open: () => SnapshotsFixture): void {
  const bench = new SnapshotsBench(open);

  describe("drafts and views", () => {
    it("knows what was committed and nothing else", () => {
      expect(bench.snapshots.has("one")).toBe(false);
      bench.keep("one", [], () => {});
      expect(bench.snapshots.has("one")).toBe(true);
    });

    it("shows the topmost parent where several have a file", () => {
      bench.keep("one", [], (root) => {
        writeFileSync(`${root}/both`, "1");
        writeFileSync(`${root}/first`, "1");
      });
      bench.keep("two", ["one"], (root) => writeFileSync(`${root}/both`, "2"));
      using view = bench.snapshots.view(["one", "two"]);
      expect(readFileSync(`${view.root}/both`, "utf8")).toBe("2");
      expect(readFileSync(`${view.root}/first`, "utf8")).toBe("1");
    });

    it("leaves the parents as they are when a draft changes their files", () => {
      bench.keep("one", [], (root) => writeFileSync(`${root}/a`, "old"));
      bench.keep("two", ["one"], (root) => {
        writeFileSync(`${root}/a`, "new");
      });
      bench.keep("three", ["one"], (root) => rmSync(`${root}/a`));
      using view = bench.snapshots.view(["one"]);
      expect(readFileSync(`${view.root}/a`, "utf8")).toBe("old");
    });

    it("refuses to write into a view", () => {
      bench.keep("one", [], (root) => mkdirSync(`${root}/d`));
      using view = bench.snapshots.view(["one"]);
      expect(() => writeFileSync(`${view.root}/d/f`, "")).toThrow(/EROFS/);
    });

    it("gives an empty view of no parents", () => {
      using view = bench.snapshots.view([]);
      expect(readdirSync(view.root)).toEqual([]);
    });

    it("shows nothing of the runtime's mount points in a view", () => {
      bench.keep("one", [], () => {});
      using view = bench.snapshots.view(["one"]);
      expect(readdirSync(view.root)).toEqual([]);
    });

    it("throws a draft away that is not committed", () => {
      {
        using draft = bench.snapshots.prepare([]);
        writeFileSync(`${draft.root}/a`, "");
      }
      bench.snapshots[Symbol.dispose]();
      expect(readdirSync(`${bench.fixture.directory}/tmp`)).toEqual([]);
    });

    it("keeps the first of two commits under one name", () => {
      const draft = bench.snapshots.prepare([]);
      writeFileSync(`${draft.root}/a`, "first");
      bench.keep("one", [], (root) => writeFileSync(`${root}/a`, "second"));
      bench.snapshots.commit(draft, "one");
      using view = bench.snapshots.view(["one"]);
      expect(readFileSync(`${view.root}/a`, "utf8")).toBe("second");
    });

    it("refuses to commit a draft twice", () => {
      const draft = bench.snapshots.prepare([]);
      bench.snapshots.commit(draft, "one");
      expect(() => bench.snapshots.commit(draft, "two")).toThrow(
        expect.objectContaining({ code: "invalid-snapshot" }),
      );
    });

    it("stacks 120 layers", () => {
      const ids: string[] = [];
      for (let index = 0; index < 120; index += 1) {
        const id = `layer-${String(index).padStart(3, "0")}-${"x".repeat(60)}`;
        bench.keep(id, [], (root) => {
          writeFileSync(`${root}/f${index}`, `${index}`);
          writeFileSync(`${root}/all`, `${index}`);
        });
        ids.push(id);
      }
      using draft = bench.snapshots.prepare(ids);
      expect(readFileSync(`${draft.root}/all`, "utf8")).toBe("119");
      expect(readFileSync(`${draft.root}/f0`, "utf8")).toBe("0");
      using view = bench.snapshots.view(ids);
      expect(readdirSync(view.root)).toHaveLength(121);
    });

    it.each(["", "../x", "a/b", ".", "-a", "a".repeat(201), "a\0b"])("refuses the name %j", (id) => {
      expect(() => bench.snapshots.has(id)).toThrow(expect.objectContaining({ code: "invalid-snapshot" }));
    });

    it("names a parent that is missing", () => {
      expect(() => bench.snapshots.prepare(["nothing"])).toThrow(
        expect.objectContaining({ code: "invalid-snapshot", message: expect.stringContaining("nothing") }),
      );
    });

    it("hands on the root directory's mode and owner", async () => {
      await bench.snapshots.extract(
        layer(entry(".", "directory", { mode: 0o711, uid: 3, gid: 4 })),
        "one",
        never,
      );
      bench.keep("two", ["one"], (root) => writeFileSync(`${root}/a`, ""));
      using view = bench.snapshots.view(["one", "two"]);
      expect(lstatSync(view.root)).toMatchObject({ mode: 0o040_711, uid: 3, gid: 4 });
      expect(await bench.paths("two", ["one"])).toEqual(["a"]);
    });

    it("removes a snapshot", async () => {
      bench.keep("one", [], (root) => writeFileSync(`${root}/a`, ""));
      await bench.snapshots.remove("one");
      await bench.snapshots.remove("one");
      expect(bench.snapshots.has("one")).toBe(false);
    });
  });

  describe("differences", () => {
    it("clamps times, sorts names and is the same every time", async () => {
      bench.keep("one", [], (root) => {
        for (const name of ["b", "a", "ä", "a.b", "A"]) writeFileSync(`${root}/${name}`, name);
        mkdirSync(`${root}/a.d`);
        writeFileSync(`${root}/a.d/x`, "");
        lutimesSync(`${root}/b`, 5.5, 5.5);
      });
      const found = await bench.diff("one", []);
      expect(found.map(({ path, mtime }) => [path, mtime])).toEqual([
        ["A", EPOCH],
        ["a", EPOCH],
        ["a.b", EPOCH],
        ["a.d", EPOCH],
        ["a.d/x", EPOCH],
        ["b", 5],
        ["ä", EPOCH],
      ]);
      expect(await bench.diff("one", [])).toEqual(found);
    });

    it("is empty where nothing was changed", async () => {
      bench.keep("one", [], (root) => mkdirSync(`${root}/d`));
      bench.keep("two", ["one"], () => {});
      expect(await bench.paths("two", ["one"])).toEqual([]);
    });

    it("names the directories around a change", async () => {
      bench.keep("one", [], (root) => mkdirSync(`${root}/a/b/c`, { recursive: true }));
      bench.keep("two", ["one"], (root) => writeFileSync(`${root}/a/b/f`, ""));
      expect(await bench.paths("two", ["one"])).toEqual(["a", "a/b", "a/b/f"]);
    });

    it("marks deletions, and replaced directories only where a parent had them", async () => {
      bench.keep("one", [], (root) => {
        mkdirSync(`${root}/old/sub`, { recursive: true });
        writeFileSync(`${root}/old/f`, "");
        writeFileSync(`${root}/gone`, "");
        symlinkSync("old", `${root}/link`);
      });
      bench.keep("two", ["one"], (root) => {
        rmSync(`${root}/gone`);
        rmSync(`${root}/old`, { recursive: true });
        mkdirSync(`${root}/old/sub`, { recursive: true });
        rmSync(`${root}/link`);
        mkdirSync(`${root}/link`);
        mkdirSync(`${root}/new/sub`, { recursive: true });
      });
      expect(await bench.paths("two", ["one"])).toEqual([
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
      bench.keep("one", [], (root) => {
        mkdirSync(`${root}/d`);
        for (const name of ["a", "b"]) writeFileSync(`${root}/d/${name}`, name);
        writeFileSync(`${root}/x`, "x");
      });
      bench.keep("two", ["one"], (root) => {
        rmSync(`${root}/d`, { recursive: true });
        mkdirSync(`${root}/d`);
        writeFileSync(`${root}/d/c`, "c");
        rmSync(`${root}/x`);
      });
      await bench.snapshots.extract(bench.snapshots.diff("two", ["one"], EPOCH), "copy", never, ["one"]);
      expect(await bench.diff("copy", ["one"])).toEqual(await bench.diff("two", ["one"]));
      using view = bench.snapshots.view(["one", "copy"]);
      expect(readdirSync(view.root)).toEqual(["d"]);
      expect(readdirSync(`${view.root}/d`)).toEqual(["c"]);
    });

    it("keeps hard links among new files", async () => {
      bench.keep("one", [], (root) => {
        writeFileSync(`${root}/b`, "text");
        linkSync(`${root}/b`, `${root}/a`);
      });
      expect(
        (await bench.diff("one", [])).map(({ path, type, linkname, size }) => [path, type, linkname, size]),
      ).toEqual([
        ["a", "file", undefined, 4],
        ["b", "hardlink", "a", 0],
      ]);
    });

    it("streams a large file in slices", async () => {
      const size = 3 * 2 ** 20 + 5;
      bench.keep("one", [], (root) => writeFileSync(`${root}/big`, Buffer.alloc(size, 7)));
      for await (const { entry: found, content } of bench.snapshots.diff("one", [], EPOCH)) {
        const lengths: number[] = [];
        for await (const chunk of content) lengths.push(chunk.length);
        expect(found.size).toBe(size);
        expect(lengths).toEqual([2 ** 20, 2 ** 20, 2 ** 20, 5]);
      }
    });

    it("leaves sockets out", async () => {
      const draft = bench.snapshots.prepare([]);
      const server = createServer().listen(`${draft.upper}/sock`);
      await once(server, "listening");
      writeFileSync(`${draft.root}/a`, "");
      expect(readdirSync(draft.upper)).toContain("sock");
      // Closing would remove the file.
      bench.snapshots.commit(draft, "one");
      expect(await bench.paths("one", [])).toEqual(["a"]);
      server.close();
    });

    it("keeps a link as it is written", async () => {
      bench.keep("one", [], (root) => symlinkSync("/abs/olute", `${root}/l`));
      using view = bench.snapshots.view(["one"]);
      expect(readlinkSync(`${view.root}/l`)).toBe("/abs/olute");
      expect(await bench.diff("one", [])).toMatchObject([
        { path: "l", type: "symlink", linkname: "/abs/olute" },
      ]);
    });

    it("says where a name is not UTF-8", async () => {
      bench.keep("one", [], (root) => {
        mkdirSync(`${root}/d`);
        writeFileSync(Buffer.concat([Buffer.from(`${root}/d/`), Buffer.from([0xe9])]), "");
      });
      await expect(bench.diff("one", [])).rejects.toMatchObject({
        code: "unsupported-name",
        message: expect.stringContaining("d/"),
      });
    });

    it("refuses a file that would read as a deletion", async () => {
      bench.keep("one", [], (root) => writeFileSync(`${root}/.wh.a`, ""));
      await expect(bench.diff("one", [])).rejects.toMatchObject({ code: "unsupported-name" });
    });

    it("tells of a changed root directory", async () => {
      bench.keep("one", [], (root) => chmodSync(root, 0o700));
      expect(await bench.diff("one", [])).toMatchObject([{ path: ".", type: "directory", mode: 0o700 }]);
    });
  });
}

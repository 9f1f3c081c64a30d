import { type TarItem, digestOf, memoryStore } from "@seaworthy/oci";
import { describe, expect, it } from "vitest";
import { file, folder, imageOf, link } from "../../test/image.ts";
import { type Visible, visiblePaths } from "./visible.ts";
import { visitLayers } from "./visit-layers.ts";
import type { Follower } from "./visitor.ts";

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

  it("lets visitors follow a file too long to hold, as long as they want", async () => {
    const store = memoryStore();
    const image = await imageOf(store, [[file("a", Buffer.alloc(3 << 20, "x")), file("b", "y")]]);
    const seen: string[] = [];
    const follower = (name: string, wanted: number): Follower => {
      let size = 0;
      return {
        write: (chunk) => (size += chunk.length) < wanted,
        end: () => void seen.push(`${name} ${size >= wanted} ${size === 3 << 20}`),
      };
    };
    const visitor = (name: string, wanted: number) => ({
      wants: ({ path }: { path: string }) => (path === "b" ? 1 : undefined),
      visit: ({ bytes }: { bytes: Uint8Array }) => void seen.push(`${name} ${Buffer.from(bytes).toString()}`),
      follow: ({ path }: { path: string }) => (path === "a" ? follower(name, wanted) : undefined),
    });
    await visitLayers(store, image, [visitor("one", 1), visitor("all", Infinity)]);
    expect(seen).toEqual(["one true false", "all false true", "one y", "all y"]);
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
  const of = async (...layers: readonly (readonly TarItem[])[]): Promise<Visible> => {
    const store = memoryStore();
    const visible = visiblePaths();
    await visitLayers(store, await imageOf(store, layers), [visible]);
    return visible;
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
    ["a folder in place of a file", [[file("x")], [folder("x"), file("x/a")]], { "x/a": 1 }],
    ["a file that came back", [[file("a")], [file(".wh.a")], [file("a")]], { a: 2 }],
  ])("is %s", async (_, layers, expected) => {
    expect(Object.fromEntries((await of(...layers)).paths())).toEqual(expected);
  });

  it("follows links to a file, none of them out of the root or for ever", async () => {
    const visible = await of(
      [file("usr/lib/a"), link("lib", "usr/lib"), link("up", "../../../usr/./lib"), link("abs", "/lib/a")],
      [file("b"), link("loop", "pool"), link("pool", "loop/x"), link("gone", "b"), link("dir", "/usr")],
      [file(".wh.gone")],
    );
    const file1 = { path: "usr/lib/a", layer: 0 };
    const ask = (path: string) => visible.fileAt(path);
    expect(["lib/a", "/up/a", "abs", "dir/../abs"].map(ask)).toEqual([file1, file1, file1, file1]);
    expect(["loop", "gone", "usr/lib", "lib/b", ""].map(ask)).toEqual(Array(5).fill(undefined));
  });

  it("knows in which folders something is left", async () => {
    const visible = await of([file("x/y/a"), file("z/b")], [file("x/.wh.y")]);
    expect(["x", "x/y", "z", "z/b", "", "none"].map((path) => visible.hasBelow(path))).toEqual([
      false,
      false,
      true,
      false,
      true,
      false,
    ]);
  });

  describe("in hostile archives", () => {
    const DEEP = Array.from({ length: 2000 }, (_, at) => at % 10).join("/");
    const note = (visible: Visible, path: string, layer: number): unknown =>
      visible.wants(file(path).entry, layer);

    it("is found however deep names are", () => {
      const visible = visiblePaths();
      note(visible, `a/${DEEP}`, 0);
      note(visible, `b/${DEEP}`, 0);
      note(visible, ".wh.b", 1);
      expect([...visible.paths()]).toEqual([[`a/${DEEP}`, 0]]);
    });

    it("does not take longer the more often a layer says what it hides", () => {
      const visible = visiblePaths();
      for (let at = 0; at < 100_000; at++) {
        note(visible, `x/${at}`, 1);
        note(visible, "x/.wh..wh..opq", 1);
        note(visible, ".wh.x", 1);
      }
      expect([...visible.paths()]).toHaveLength(100_000);
    });

    it("is refused where short archives hold millions of long names", () => {
      const visible = visiblePaths({ maxNames: 5000 });
      note(visible, `a/${DEEP}`, 0);
      note(visible, `b/${DEEP}`, 0);
      expect(() => note(visible, `c/${DEEP}`, 3)).toThrow(
        expect.objectContaining({
          code: "too-large",
          message: "layer 3: more than 5000 names of files and folders",
        }),
      );
    });
  });
});

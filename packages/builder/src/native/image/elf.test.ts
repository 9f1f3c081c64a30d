import { describe, expect, it } from "vitest";
import { baseOf } from "../../../test/root.ts";
import { openWorkbench } from "../../../test/workbench.ts";

/** The first bytes of a program, and some more. */
function program(machine: number, { type = 2, system = 0 } = {}): Buffer {
  const head = Buffer.alloc(64);
  head.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, system]);
  head.writeUInt16LE(type, 16);
  head.writeUInt16LE(machine, 18);
  return head;
}

const [AMD64, ARM64, I386] = [62, 183, 3];
const platforms = [{ os: "linux", architecture: "arm64" }];

describe("a program for another machine", () => {
  it("in the image is an error that names file and line", async () => {
    using bench = await openWorkbench();
    bench.write({ "node_modules/esbuild/bin/esbuild": program(AMD64), other: "x" });
    const failure = await bench.fail("FROM scratch\nCOPY other /\nCOPY . /app/", { platforms });
    expect(failure.code).toBe("foreign-binary");
    expect(failure.message).toMatch(
      /^Dockerfile:3: app\/node_modules\/esbuild\/bin\/esbuild is a program for linux\/amd64, the image is for linux\/arm64\n/,
    );
    expect(failure.hint).toContain("linux-amd64");
  });

  it("only warns where its path names a platform", async () => {
    using bench = await openWorkbench();
    bench.write({
      "node_modules/x/prebuilds/linux-x64/x.node": program(AMD64, { type: 3 }),
      "node_modules/x/prebuilds/linux-arm64/x.node": program(ARM64, { type: 3 }),
      "node_modules/@scope/y-linux-x64/y.node": program(AMD64, { type: 3 }),
    });
    const built = await bench.build("FROM scratch\nCOPY . /app/", { platforms });
    expect(built.warnings).toEqual([
      "Dockerfile:2: app/node_modules/@scope/y-linux-x64/y.node is a program for linux/amd64, the image is for linux/arm64 (and 1 more in this layer)",
    ]);
    expect(built.events).toContainEqual(
      expect.objectContaining({ type: "warning", message: built.warnings[0] }),
    );
  });

  it.each([
    ["a program for this machine", program(ARM64)],
    ["an object file", program(AMD64, { type: 1 })],
    ["a program for another system", program(AMD64, { system: 9 })],
    ["a program for a machine nobody builds images for", program(94)],
    ["something shorter than a header", Buffer.from("\x7fELF")],
    ["a text", "text"],
  ])("is not %s", async (_, content) => {
    using bench = await openWorkbench();
    bench.write({ file: content });
    expect((await bench.build("FROM scratch\nCOPY . /", { platforms })).warnings).toEqual([]);
  });

  it("is not one that the machine's kernel runs as well", async () => {
    using bench = await openWorkbench();
    bench.write({ file: program(I386) });
    const built = await bench.build("FROM scratch\nCOPY . /", {
      platforms: [{ os: "linux", architecture: "amd64" }],
    });
    expect(built.warnings).toEqual([]);
  });

  it("is found again when the layer comes from the cache, and for the one platform of two it is wrong for", async () => {
    using bench = await openWorkbench();
    bench.write({ "linux-x64/file": program(AMD64), "linux-arm64/file": program(ARM64) });
    const both = [...platforms, { os: "linux", architecture: "amd64" }];
    for (const _ of [1, 2]) {
      const built = await bench.build("FROM scratch\nCOPY . /", { platforms: both });
      expect(built.warnings.map((text) => text.slice(0, 40)).toSorted()).toEqual([
        "Dockerfile:2: linux-arm64/file is a prog",
        "Dockerfile:2: linux-x64/file is a progra",
      ]);
    }
  });

  it("only warns in a base, which is not this Dockerfile's to mend", async () => {
    using bench = await openWorkbench();
    const bytes = program(AMD64);
    const base = baseOf("wrong", () => [
      {
        entry: { path: "tool", type: "file", mode: 0o755, uid: 0, gid: 0, mtime: 0, size: bytes.length },
        content: [bytes.subarray(0, 7), bytes.subarray(7)],
      },
    ]);
    const built = await bench.build("FROM wrong\nLABEL a=b", { platforms, bases: { wrong: base } });
    expect(built.warnings).toEqual([expect.stringContaining("tool is a program for linux/amd64")]);
  });
});

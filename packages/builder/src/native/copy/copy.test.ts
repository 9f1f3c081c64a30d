import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { TarItem } from "@seaworthy/oci";
import { afterAll, describe, expect, it } from "vitest";
import { baseOf } from "../../../test/root.ts";
import { openShell, openWorkbench } from "../../../test/workbench.ts";

const shell = openShell();
afterAll(() => shell[Symbol.dispose]());

const open = () => openWorkbench({ shell: shell.base });

function entry(path: string, more: Partial<TarItem["entry"]> = {}): TarItem {
  return {
    entry: { path, type: "file", mode: 0o644, uid: 0, gid: 0, mtime: 5, size: 0, ...more },
    content: [],
  };
}

describe("COPY of a source that is not there", () => {
  it.each([
    [
      "is ignored",
      "COPY secret.key /",
      { ".dockerignore": "# no\n\n*.key\n" },
      ".dockerignore:3 excludes it (*.key)",
    ],
    [
      "lies in an ignored folder",
      "COPY d/a /",
      { ".dockerignore": "d\n" },
      ".dockerignore:1 excludes it (d)",
    ],
    ["is the store", "COPY .seaworthy /", {}, "is the store of this tool"],
    ["lies in the store", "COPY .seaworthy/x /", {}, "is the store of this tool"],
    ["is misspelt", "COPY Secret.key /", {}, "is not in the build context"],
    ["lies outside", "COPY ../../../etc/passwd /", {}, '"../../../etc/passwd" is not in the build context'],
    ["is a link that leads outside", "COPY outside /", {}, '"outside" is not in the build context'],
    ["is a pattern", "COPY *.nothing d/*.nothing /x/", {}, '"*.nothing" matches nothing'],
    ["is a socket", "COPY socket /", {}, '"socket" is not in the build context'],
  ])("says so when it %s", async (_, instruction, more, expected) => {
    using bench = await open();
    bench.write({
      "secret.key": "k",
      "d/a": "a",
      ".seaworthy/x": "x",
      outside: { link: "/etc/passwd" },
      ...more,
    });
    const server = createServer().listen(join(bench.context, "socket"));
    const failure = await bench.fail(`FROM scratch\n# comment\n${instruction}`);
    server.close();
    expect(failure).toMatchObject({ code: "copy-source", message: expect.stringMatching(/^Dockerfile:3: /) });
    expect(failure.message).toContain(expected);
    expect(failure.message).toContain(`3 | >>> ${instruction}`);
  });

  it("suggests what is nearly called so, or lists what there is", async () => {
    using bench = await open();
    bench.write({ "Package.json": "", "src/index.ts": "" });
    expect((await bench.fail("FROM scratch\nCOPY package.json /")).hint).toBe('did you mean "Package.json"?');
    expect((await bench.fail("FROM scratch\nCOPY src/main.ts /")).hint).toBe("it has index.ts in src/");
    expect((await bench.fail("FROM scratch\nCOPY a/b/c /")).hint).toBe("it has Package.json, src");
  });

  it("is fine for a pattern beside other sources", async () => {
    using bench = await open();
    bench.write({ "package.json": "{}" });
    const { tree } = await (await bench.build("FROM scratch\nCOPY package.json yarn.lock* ./")).image();
    expect(Object.keys(tree)).toEqual(["package.json"]);
  });
});

describe("COPY of the whole context", () => {
  it("leaves the store out, sockets too, and what .dockerignore says", async () => {
    using bench = await open();
    bench.write({
      ".seaworthy/store/x": "x",
      a: "a",
      ".dockerignore": "b\n!b/c\n!.seaworthy\n",
      "b/c": "c",
      "b/d": "d",
    });
    const server = createServer().listen(join(bench.context, "socket"));
    const { tree } = await (await bench.build("FROM scratch\nCOPY . /")).image();
    server.close();
    expect(Object.keys(tree)).toEqual([".dockerignore", "a", "b", "b/c"]);
  });

  it("gives everything to root, whoever owns it, and knows no other links than symbolic ones", async () => {
    using bench = await open();
    bench.write({ a: "a" });
    execFileSync("ln", [join(bench.context, "a"), join(bench.context, "b")]);
    execFileSync("chown", ["1234:5678", join(bench.context, "a")]);
    const { layers } = await (await bench.build("FROM scratch\nCOPY . /")).image();
    expect(layers[0]!.map(({ path, type, uid, gid }) => [path, type, uid, gid])).toEqual([
      ["a", "file", 0, 0],
      ["b", "file", 0, 0],
    ]);
  });

  it("fails when a file changes between looking at it and packing it", async () => {
    using bench = await open();
    bench.write({ a: "before", big: Buffer.alloc(3 << 20) });
    const late = baseOf("late", function* () {
      yield entry("base");
      writeFileSync(join(bench.context, "a"), "after!");
    });
    const dockerfile = "FROM late AS late\nFROM scratch\nCOPY --link a /\nCOPY --from=late base /";
    // COPY looks at the file first; the stage that changes it is only unpacked by the second COPY.
    const failure = await bench.fail(dockerfile, { bases: { late } });
    expect(failure).toMatchObject({
      code: "context-changed",
      message: expect.stringContaining("the build context"),
    });
  });
});

describe("COPY --from a stage", () => {
  it("keeps owners, modes, devices, attributes, and one file under two names", async () => {
    using bench = await open();
    const capability = Buffer.from("0100000200040000000000000000000000000000", "hex");
    const base = baseOf("rich", () => [
      entry("d", { type: "directory", mode: 0o2750, uid: 3, gid: 4 }),
      entry("d/dev", { type: "char", devMajor: 10, devMinor: 300, mode: 0o660 }),
      entry("d/one", { mode: 0o4711, uid: 5, xattrs: new Map([["security.capability", capability]]) }),
      entry("d/pipe", { type: "fifo" }),
      entry("d/two", { type: "hardlink", linkname: "d/one", mode: 0o4711, uid: 5 }),
    ]);
    const built = await bench.build("FROM rich AS rich\nFROM scratch\nCOPY --from=rich / /x/", {
      bases: { rich: base },
    });
    const { layers } = await built.image();
    expect(layers[0]).toMatchObject([
      { path: "x", type: "directory", mode: 0o755, uid: 0, gid: 0 },
      { path: "x/d", type: "directory", mode: 0o2750, uid: 3, gid: 4 },
      { path: "x/d/dev", type: "char", devMajor: 10, devMinor: 300, mode: 0o660 },
      { path: "x/d/one", mode: 0o4711, uid: 5, xattrs: new Map([["security.capability", capability]]) },
      { path: "x/d/pipe", type: "fifo" },
      { path: "x/d/two", type: "hardlink", linkname: "x/d/one" },
    ]);
  });

  it("stays inside the stage, whatever its links say", async () => {
    using bench = await open();
    mkdirSync(join(bench.dir, "outside"));
    writeFileSync(join(bench.dir, "outside", "host"), "host");
    const base = baseOf("links", () => [
      entry("abs", { type: "symlink", linkname: bench.dir }),
      entry("up", { type: "symlink", linkname: "../../../../../.." }),
      entry("loop", { type: "symlink", linkname: "loop" }),
    ]);
    for (const source of ["/abs/outside/host", "/up/etc/hostname", "/loop/x", "/../../etc/hostname"]) {
      const failure = await bench.fail(`FROM links AS l\nFROM scratch\nCOPY --from=l ${source} /`, {
        bases: { links: base },
      });
      expect(failure).toMatchObject({ code: "copy-source" });
    }
  });

  it("never writes outside the image, whatever the links of the base say", async () => {
    using bench = await open();
    bench.write({ a: "a" });
    const base = baseOf("links", () => [
      entry("out", { type: "symlink", linkname: `${bench.dir}/../../..` }),
    ]);
    const built = await bench.build("FROM links\nCOPY a /out/escaped/a\nCOPY a ../../../b\nWORKDIR /out/w", {
      bases: { links: base },
    });
    const { layers } = await built.image();
    expect(layers.slice(1).map((layer) => layer.map(({ path }) => path))).toEqual([
      ["escaped", "escaped/a"],
      ["b"],
      ["w"],
    ]);
  });
});

describe("COPY --parents", () => {
  it("keeps the path of a source, or what is behind the pivot", async () => {
    using bench = await open();
    bench.write({
      "a/b/c.txt": "c",
      "a/b/d.md": "d",
      "a/e.txt": "e",
      "f.txt": "f",
      "a/b/": { text: "", mode: 0o750 },
    });
    const built = await bench.build(`FROM scratch
COPY --parents a/b/c.txt f.txt /one/
COPY --parents ./a/./b/*.txt /two
COPY --parents a/b /three/
COPY --parents **/*.txt /four/`);
    const { tree } = await built.image();
    expect(Object.entries(tree).map(([path, { mode }]) => `${path} ${mode}`)).toEqual([
      "four 755",
      "four/a 755",
      "four/a/b 750",
      "four/a/b/c.txt 644",
      "four/a/e.txt 644",
      "four/f.txt 644",
      "one 755",
      "one/a 755",
      "one/a/b 750",
      "one/a/b/c.txt 644",
      "one/f.txt 644",
      "three 755",
      "three/a 755",
      "three/a/b 750",
      "three/a/b/c.txt 644",
      "three/a/b/d.md 644",
      "two 755",
      "two/b 750",
      "two/b/c.txt 644",
    ]);
  });
});

describe("events", () => {
  it("have an id for each step and an end for each start", async () => {
    using bench = await open();
    bench.write({ a: "a" });
    const { events } = await bench.build(
      `FROM shell AS one
COPY a /
RUN echo same
RUN echo same
FROM one
COPY a /
FROM shell
RUN echo same
COPY --from=one /a /
COPY --from=1 /a /b`,
    );
    const starts = events.flatMap((event) => (event.type === "start" ? [event.id] : []));
    expect(new Set(starts).size).toBe(starts.length);
    expect(events.flatMap((event) => (event.type === "end" ? [event.id] : [])).toSorted()).toEqual(
      starts.toSorted(),
    );
  });

  it("tell how much of a large layer is packed", async () => {
    using bench = await open();
    bench.write({ one: Buffer.alloc(3 << 20, 1), two: Buffer.alloc(3 << 20, 2) });
    const { events } = await bench.build("FROM scratch\nCOPY . /");
    const told = events.flatMap((event) => (event.type === "advance" ? [event.done] : []));
    expect(told).toEqual([3 << 20, 6 << 20]);
  });
});

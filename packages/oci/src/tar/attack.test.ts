import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readTar } from "../index.ts";
import type { TarLimits } from "../index.ts";
import { blocks, cut, END, paxHeader, rawHeader, readAll, withChecksum } from "./testing.ts";

const read = (parts: readonly Uint8Array[], limits?: TarLimits): ReturnType<typeof readAll> =>
  readAll(readTar(parts, limits));

const gnuLong = (flag: "L" | "K", name: string): Buffer => {
  const size = (name.length + 1).toString(8).padStart(11, "0");
  return Buffer.concat([
    rawHeader({ name: "././@LongLink", flag, size, magic: "ustar  \0" }),
    blocks(`${name}\0`),
  ]);
};

describe("readTar on paths that leave the root", () => {
  const paths = ["../x", "a/../../x", "..", "a/..", "/etc/passwd", "//x", "./../x"];

  it.each(paths)("refuses the name %s however it is written", async (path) => {
    const ways = [
      [rawHeader({ name: path })],
      [paxHeader([["path", path]]), rawHeader({})],
      [gnuLong("L", path), rawHeader({})],
      [paxHeader([["GNU.sparse.name", path]]), rawHeader({})],
    ];
    for (const way of ways) await expect(read([...way, END])).rejects.toMatchObject({ code: "path-escape" });
  });

  it.each(paths)("refuses a hardlink to %s", async (linkname) => {
    const ways = [
      [rawHeader({ flag: "1", linkname })],
      [paxHeader([["linkpath", linkname]]), rawHeader({ flag: "1" })],
      [gnuLong("K", linkname), rawHeader({ flag: "1" })],
    ];
    for (const way of ways) await expect(read([...way, END])).rejects.toMatchObject({ code: "path-escape" });
  });

  it("reads absolute names from the root where that is asked for, but never ..", async () => {
    const strip = { absolutePaths: "strip" } as const;
    const [link] = await read([rawHeader({ name: "//etc//x", flag: "1", linkname: "/etc/y" }), END], strip);
    expect(link!.entry).toMatchObject({ path: "etc/x", linkname: "etc/y" });
    await expect(read([rawHeader({ name: "/../x" }), END], strip)).rejects.toMatchObject({
      code: "path-escape",
    });
  });

  it("keeps a symlink's target, whatever it is", async () => {
    const [link] = await read([rawHeader({ flag: "2", linkname: "../../../etc" }), END]);
    expect(link!.entry.linkname).toBe("../../../etc");
  });
});

describe("readTar on names", () => {
  it.each([
    ["./a/./b//c", "a/b/c"],
    ["a/...", "a/..."],
    ["..a/b..", "..a/b.."],
  ])("normalises %s", async (name, path) => {
    expect((await read([rawHeader({ name }), END]))[0]!.entry.path).toBe(path);
  });

  it("takes ./ for the root, and nothing but a directory there", async () => {
    expect((await read([rawHeader({ name: "./", flag: "5" }), END]))[0]!.entry).toMatchObject({
      path: ".",
      type: "directory",
    });
    await expect(read([rawHeader({ name: ".", flag: "2", linkname: "/etc" }), END])).rejects.toMatchObject({
      code: "invalid-archive",
    });
  });

  it.each([
    ["empty", [rawHeader({ name: "" })]],
    ["with NUL in a PAX record", [paxHeader([["path", "a\0b"]]), rawHeader({})]],
    ["longer than the kernel takes", [paxHeader([["path", "d/".repeat(2050)]]), rawHeader({})]],
    ["of a symlink to nothing", [rawHeader({ flag: "2" })]],
    ["of a symlink whose target has NUL", [paxHeader([["linkpath", "a\0b"]]), rawHeader({ flag: "2" })]],
    ["of a hardlink to nothing", [rawHeader({ flag: "1" })]],
    ["of a directory with content", [rawHeader({ name: "d/", size: "00000000001" }), blocks("x")]],
  ])("refuses a name %s", async (_title, parts) => {
    await expect(read([...parts, END])).rejects.toMatchObject({ code: "invalid-archive" });
  });
});

describe("readTar on broken headers", () => {
  it.each([
    ["a wrong checksum", [rawHeader({}, { checksum: "000000\0 " })], "expected checksum"],
    ["text that is no tar", [Buffer.from("<html>".padEnd(512))], "tar header at byte 0"],
    ["an unknown type", [rawHeader({ flag: "Z" })], 'entry type "Z" is not known'],
    ["a part of several volumes", [rawHeader({ flag: "M" })], 'entry type "M" is not known'],
    ["a size that is no number", [rawHeader({ size: "12x45678901" })], "size: expected an octal number"],
    ["a negative size", [rawHeader({ size: Buffer.alloc(12, 0xff) })], "size: expected at least 0, found -1"],
    [
      "a size beyond all numbers",
      [rawHeader({ size: Buffer.concat([Buffer.of(0x80), Buffer.alloc(11, 0xff)]) })],
      "out of range",
    ],
    ["a PAX size that is no number", [paxHeader([["size", "-1"]]), rawHeader({})], "expected a number"],
    [
      "a PAX size beyond all numbers",
      [paxHeader([["size", "9".repeat(19)]]), rawHeader({})],
      "expected a number",
    ],
    [
      "a PAX time that is no number",
      [paxHeader([["mtime", "1e5"]]), rawHeader({})],
      "mtime: expected a time",
    ],
    [
      "two PAX headers for one entry",
      [paxHeader([["uid", "1"]]), paxHeader([["uid", "2"]]), rawHeader({})],
      "a second",
    ],
    ["two long names for one entry", [gnuLong("L", "a"), gnuLong("L", "b"), rawHeader({})], "a second"],
    ["an end after an extended header", [paxHeader([["uid", "1"]])], "ends after an extended header"],
    ["content after a zero block", [Buffer.alloc(512), rawHeader({})], "followed by more content"],
  ])("refuses %s", async (_title, parts, message) => {
    const failure = read([...parts, END]);
    await expect(failure).rejects.toMatchObject({ code: "invalid-archive" });
    await expect(failure).rejects.toThrow(message);
  });

  it.each([
    "0 a=b\n",
    "9999 a=b\n",
    "6 a=b\nx",
    "5 a=b",
    "6 =bc\n",
    "-6 a=b\n",
    " 6 a=b\n",
    "6a=bcd\n",
    "12345678901 a=b\n",
  ])("refuses the PAX record %j", async (body) => {
    const size = body.length.toString(8).padStart(11, "0");
    const parts = [rawHeader({ flag: "x", size }), blocks(body), rawHeader({}), END];
    await expect(read(parts)).rejects.toMatchObject({ code: "invalid-archive" });
  });

  it("refuses an archive cut off inside a header, content or padding", async () => {
    const archive = Buffer.concat([rawHeader({ size: "00000001000" }), blocks("x".repeat(512))]);
    for (const length of [1, 511, 513, 1000, 1023]) {
      await expect(read([archive.subarray(0, length)])).rejects.toMatchObject({ code: "invalid-archive" });
    }
  });

  it("reads an archive without its two last blocks, as everybody does", async () => {
    const archive = Buffer.concat([rawHeader({ size: "00000000003" }), blocks("abc")]);
    for (const end of [0, 512, 1024, 9728]) {
      expect(await read([archive, Buffer.alloc(end)])).toHaveLength(1);
    }
  });

  it("survives any bytes at all", async () => {
    const start = Buffer.concat([
      paxHeader([["path", "x"]]),
      rawHeader({ size: "00000000005" }),
      blocks("hello"),
      END,
    ]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(start.length - 1), fc.nat(255)), { maxLength: 6 }),
        async (changes) => {
          const bytes = Buffer.from(start);
          for (const [at, value] of changes) bytes[at] = value;
          for (const at of [0, 1024]) withChecksum(bytes.subarray(at, at + 512));
          const outcome = await read([bytes]).catch((error: unknown) => error);
          const found = Array.isArray(outcome) ? "read" : (outcome as { code: unknown }).code;
          expect(["read", "invalid-archive", "path-escape", "too-large"]).toContain(found);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("readTar on old and odd formats", () => {
  it("gives the PAX size precedence, so that content is not read as headers", async () => {
    const hidden = rawHeader({ name: "smuggled" });
    const parts = [paxHeader([["size", "512"]]), rawHeader({ name: "honest" }), hidden, END];
    const entries = await read(parts);
    expect(entries.map(({ entry }) => entry.path)).toEqual(["honest"]);
    expect(entries[0]!.bytes).toEqual(hidden);
  });

  it("ignores the size of what has no content, as Go does", async () => {
    const link = rawHeader({ name: "l", flag: "1", linkname: "f", size: "00000001000" });
    const entries = await read([link, rawHeader({ name: "next" }), END]);
    expect(entries.map(({ entry }) => entry.path)).toEqual(["l", "next"]);
  });

  it("ignores global records", async () => {
    const global = paxHeader([["path", "../../everything"]]);
    global[156] = "g".charCodeAt(0);
    withChecksum(global.subarray(0, 512));
    expect((await read([global, rawHeader({ name: "f" }), END]))[0]!.entry.path).toBe("f");
  });

  it("reads V7: no magic, directories by their slash, signed checksums", async () => {
    const magic = "\0".repeat(8);
    const block = rawHeader({ name: "caf\xe9", flag: "\0", magic });
    const signed = block.reduce(
      (sum, byte, at) => sum + (at >= 148 && at < 156 ? 32 : byte > 127 ? byte - 256 : byte),
      0,
    );
    block.write(`${signed.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
    const entries = await read([rawHeader({ name: "d/", flag: "\0", magic }), block, END]);
    expect(entries.map(({ entry }) => entry.type)).toEqual(["directory", "file"]);
  });

  it("takes an empty PAX value for none", async () => {
    const [only] = await read([paxHeader([["path", ""]]), rawHeader({ name: "from-header" }), END]);
    expect(only!.entry.path).toBe("from-header");
  });

  it.each([
    [
      "0.1",
      [
        ["GNU.sparse.size", "1000"],
        ["GNU.sparse.map", "10,3,500,2"],
        ["GNU.sparse.name", "s"],
      ],
    ],
    [
      "0.0",
      [
        ["GNU.sparse.size", "1000"],
        ["GNU.sparse.offset", "10"],
        ["GNU.sparse.numbytes", "3"],
        ["GNU.sparse.offset", "500"],
        ["GNU.sparse.numbytes", "2"],
      ],
    ],
  ] as const)("fills the holes of sparse format %s", async (_version, records) => {
    const parts = [paxHeader(records), rawHeader({ name: "s", size: "00000000005" }), blocks("abcde"), END];
    const [sparse] = await read(parts);
    const expected = Buffer.alloc(1000);
    expected.write("abc", 10);
    expected.write("de", 500);
    expect(sparse!.entry).toMatchObject({ path: "s", size: 1000 });
    expect(sparse!.bytes.equals(expected)).toBe(true);
  });

  it.each([
    ["overlaps", "10,3,12,2"],
    ["goes beyond the file", "10,3,999,2"],
    ["is half a pair", "10,3,500"],
    ["is no numbers", "10,3,x,2"],
    ["stores more than there is", "10,3,500,3"],
  ])("refuses a sparse map that %s", async (_title, map) => {
    const records = [
      ["GNU.sparse.size", "1000"],
      ["GNU.sparse.map", map],
    ] as const;
    const parts = [paxHeader(records), rawHeader({ size: "00000000005" }), blocks("abcde"), END];
    await expect(read(parts)).rejects.toMatchObject({ code: "invalid-archive" });
  });
});

it("refuses a sparse file of less than no bytes", async () => {
  const sparse = rawHeader({ flag: "S", magic: "ustar  \0" });
  sparse.fill(0xff, 483, 495);
  await expect(read([withChecksum(sparse), END])).rejects.toThrow("sparse file of -1 bytes");
});

describe("readTar on bombs", () => {
  it("stops at the number of entries", async () => {
    const parts = Array.from({ length: 11 }, (_, at) => rawHeader({ name: `f${at}` }));
    expect(await read([...parts.slice(0, 10), END], { maxEntries: 10 })).toHaveLength(10);
    await expect(read([...parts, END], { maxEntries: 10 })).rejects.toMatchObject({ code: "too-large" });
  });

  it("stops at the size of an extended header before reading it", async () => {
    for (const flag of ["x", "L", "K", "g"]) {
      const huge = rawHeader({ flag, size: "77777777777" });
      await expect(read([huge])).rejects.toMatchObject({ code: "too-large" });
    }
  });

  it("stops at the length of the archive", async () => {
    const parts = [rawHeader({ size: "00000004000" }), Buffer.alloc(2048), END];
    await expect(read(parts, { maxBytes: 2000 })).rejects.toMatchObject({ code: "too-large" });
  });

  it("counts the holes of sparse files", async () => {
    const records = [
      ["GNU.sparse.size", "9000000000000000"],
      ["GNU.sparse.map", "0,0"],
    ] as const;
    await expect(read([paxHeader(records), rawHeader({}), END])).rejects.toMatchObject({ code: "too-large" });
  });

  it("does not loop over a sparse map without end", async () => {
    const block = Buffer.alloc(512);
    block[504] = 1;
    const sparse = rawHeader({ flag: "S", magic: "ustar  \0" });
    sparse[482] = 1;
    withChecksum(sparse);
    function* source(): Generator<Uint8Array> {
      yield sparse;
      for (;;) yield block;
    }
    await expect(readAll(readTar(source()))).rejects.toMatchObject({ code: "too-large" });
  });

  it("does not loop over zeros without end", async () => {
    function* zeros(): Generator<Uint8Array> {
      for (;;) yield Buffer.alloc(1 << 20);
    }
    await expect(readAll(readTar(zeros(), { maxBytes: 64 << 20 }))).rejects.toMatchObject({
      code: "too-large",
    });
  });
});

describe("readTar and its reader", () => {
  const archive = Buffer.concat([
    rawHeader({ name: "a", size: "00000003000" }),
    blocks("a".repeat(1536)),
    rawHeader({ name: "b", size: "00000003000" }),
    blocks("b".repeat(1536)),
    END,
  ]);

  it("skips content that is left unread or half read", async () => {
    const seen: string[] = [];
    for await (const { entry, content } of readTar(cut(archive, 100))) {
      seen.push(entry.path);
      if (entry.path === "a") for await (const _chunk of content) break;
    }
    expect(seen).toEqual(["a", "b"]);
  });

  it("refuses to read content whose entry is over, or twice", async () => {
    const contents: AsyncIterable<Uint8Array>[] = [];
    for await (const { content } of readTar(cut(archive, 100)))
      contents.push(content as AsyncIterable<Uint8Array>);
    const late = async (): Promise<void> => {
      for await (const _chunk of contents[0]!);
    };
    await expect(late()).rejects.toThrow("after the next entry");
  });

  it("closes its source when it is left early, and reads it to its end otherwise", async () => {
    const events: string[] = [];
    function* source(): Generator<Uint8Array> {
      try {
        yield* cut(archive, 100);
        yield Buffer.alloc(512);
        events.push("end");
      } finally {
        events.push("closed");
      }
    }
    for await (const _item of readTar(source())) break;
    expect(events).toEqual(["closed"]);
    await readAll(readTar(source()));
    expect(events).toEqual(["closed", "end", "closed"]);
  });
});

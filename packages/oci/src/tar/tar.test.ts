import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodePath, encodePath, readTar, writeTar } from "../index.ts";
import type { TarItem } from "../index.ts";
import { bare, cut, entry, file, gather, readAll } from "./testing.ts";

async function roundTrip(items: readonly TarItem[]) {
  const archive = await gather(writeTar(items));
  return await readAll(readTar([archive]));
}

describe("writeTar and readTar", () => {
  it("bring every kind of entry back", async () => {
    const items = [
      bare({ path: ".", type: "directory", mode: 0o1777, mtime: 12 }),
      bare({ path: "dev", type: "directory" }),
      bare({ path: "dev/null", type: "char", devMajor: 1, devMinor: 3 }),
      bare({ path: "dev/loop0", type: "block", devMajor: 7, devMinor: 0 }),
      bare({ path: "run/pipe", type: "fifo", mode: 0o600 }),
      file("bin/su", "setuid", { mode: 0o4755, uid: 0, gid: 42 }),
      bare({ path: "bin/su2", type: "hardlink", linkname: "bin/su" }),
      bare({ path: "lib", type: "symlink", mode: 0o777, linkname: "/usr/../usr/lib" }),
      file("empty", ""),
    ];
    const back = await roundTrip(items);
    expect(back.map((item) => item.entry)).toEqual(items.map((item) => item.entry));
    expect(back[5]!.bytes.toString()).toBe("setuid");
  });

  it.each([
    ["a user id beyond octal", { uid: 3_000_000, gid: 4_294_967_294 }],
    ["a time with a fraction", { mtime: 1_700_000_000.25 }],
    ["a time before 1970", { mtime: -1.5 }],
    ["a time beyond octal", { mtime: 2 ** 40 }],
    ["a name of 100 bytes", { path: "n".repeat(100) }],
    ["a name cut into prefix and name", { path: `${"p".repeat(150)}/${"n".repeat(100)}` }],
    ["a name too long for ustar", { path: `${"x".repeat(120)}/${"y".repeat(200)}` }],
    ["a name in UTF-8", { path: "café/日本語 🚢" }],
    ["a name that is no UTF-8", { path: decodePath(Buffer.from([0x61, 0xff, 0xc3, 0x2f, 0xe9])) }],
  ])("keep %s", async (_title, fields) => {
    const item = file("file", "content", fields);
    expect((await roundTrip([item]))[0]!.entry).toEqual(item.entry);
  });

  it("keep extended attributes as bytes", async () => {
    const capability = Uint8Array.from([1, 0, 0, 2, 0, 0x20, 0xff, 0x0a, 0x3d, 0]);
    const xattrs = new Map([
      ["security.capability", capability],
      ["user.empty", new Uint8Array()],
    ]);
    const [back] = await roundTrip([file("bin/ping", "", { xattrs })]);
    expect(back!.entry.xattrs).toEqual(xattrs);
  });

  it("keep a long symlink target as written", async () => {
    const link = bare({ path: "l", type: "symlink", linkname: `/${"ü/../".repeat(60)}x` });
    expect((await roundTrip([link]))[0]!.entry).toEqual(link.entry);
  });

  it("bring arbitrary archives back whatever the chunk size", async () => {
    const name = fc.stringMatching(/^[a-zA-Zé日 _.-]{1,60}$/).filter((text) => !/^\.{1,2}$/.test(text));
    const path = fc.array(name, { minLength: 1, maxLength: 6 }).map((parts) => parts.join("/"));
    const content = fc.uint8Array({ maxLength: 3000 });
    const item = fc
      .record({
        path,
        content,
        mode: fc.integer({ min: 0, max: 0o7777 }),
        uid: fc.nat(2 ** 31 - 1),
        gid: fc.nat(),
        mtime: fc
          .double({ min: -1e9, max: 1e11, noNaN: true })
          .map((time) => Math.round(time * 1e3) / 1e3 + 0),
        xattrs: fc.dictionary(fc.stringMatching(/^user\.[a-z]{1,9}$/), fc.uint8Array({ maxLength: 40 }), {
          maxKeys: 3,
        }),
      })
      .map(({ path: at, content: bytes, xattrs, ...rest }) => {
        const map = new Map(Object.entries(xattrs).map(([key, value]) => [key, Uint8Array.from(value)]));
        return file(at, bytes, { ...rest, ...(map.size === 0 ? {} : { xattrs: map }) });
      });
    await fc.assert(
      fc.asyncProperty(
        fc.array(item, { maxLength: 8 }),
        fc.integer({ min: 1, max: 2000 }),
        async (items, size) => {
          const archive = await gather(writeTar(items));
          const back = await readAll(readTar(cut(archive, size)));
          expect(back.map((one) => one.entry)).toEqual(items.map((one) => one.entry));
          for (const [at, one] of back.entries()) expect(one.bytes).toEqual(await gather(items[at]!.content));
        },
      ),
      { numRuns: 60 },
    );
  });

  it("map any bytes to a string and back", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(encodePath(decodePath(bytes))).toEqual(Buffer.from(bytes));
      }),
    );
  });
});

describe("writeTar", () => {
  it("writes the same bytes whatever the chunks of the content", async () => {
    const content = Buffer.alloc(700_000, "abc");
    const one = await gather(writeTar([file("f", content)]));
    const entries = { ...file("f", content), content: [...cut(content, 1234)] };
    expect(await gather(writeTar([entries]))).toEqual(one);
  });

  it("writes no PAX header where ustar suffices", async () => {
    const archive = await gather(
      writeTar([file("etc/passwd", "root", { uid: 2_097_151, mtime: 8_589_934_591 })]),
    );
    expect(archive.length).toBe(512 + 512 + 1024);
  });

  it("gathers small entries into chunks of 1 MiB", async () => {
    const items = Array.from({ length: 5000 }, (_, at) => file(`f${at}`, "x"));
    const sizes: number[] = [];
    for await (const chunk of writeTar(items)) sizes.push(chunk.byteLength);
    expect(sizes.slice(0, -1)).toEqual([1 << 20, 1 << 20, 1 << 20, 1 << 20]);
  });

  it.each([
    ["shorter", "expected 9 bytes, found 3"],
    ["longer", "expected 1 bytes, found more"],
  ])("refuses content %s than its size", async (which, message) => {
    const item = file("f", "abc", { size: which === "shorter" ? 9 : 1 });
    await expect(gather(writeTar([item]))).rejects.toMatchObject({
      code: "size-mismatch",
      message: `tar entry "f": ${message}`,
    });
  });

  it.each([
    ["path-escape", { path: "../etc/passwd" }],
    ["path-escape", { path: "/etc/passwd" }],
    ["path-escape", { path: "h", type: "hardlink", linkname: "../x" }],
    ["invalid-archive", { path: "./etc" }],
    ["invalid-archive", { path: "etc/" }],
    ["invalid-archive", { path: "" }],
    ["invalid-archive", { path: "a\0b" }],
    ["invalid-archive", { path: "d".repeat(4096) }],
    ["invalid-archive", { path: "s", type: "symlink" }],
    ["invalid-archive", { path: "f", linkname: "x" }],
    ["invalid-archive", { path: "f", uid: -1 }],
    ["invalid-archive", { path: "f", mode: 0o10000 }],
    ["invalid-archive", { path: "f", mtime: Number.NaN }],
    ["invalid-archive", { path: "d", type: "directory", size: 4 }],
    ["invalid-archive", { path: "f", xattrs: new Map([["user.a=b", new Uint8Array()]]) }],
  ] as const)("refuses with %s the entry %j", async (code, fields) => {
    const item = { entry: entry(fields), content: [] };
    await expect(gather(writeTar([item]))).rejects.toMatchObject({ code });
  });
});

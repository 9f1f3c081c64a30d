import { execFileSync, spawnSync } from "node:child_process";
import { createReadStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { link, lstat, mkdir, open, readFile, readlink, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readTar, writeTar } from "../index.ts";
import type { TarItem } from "../index.ts";
import { bare, file, gather, readAll } from "./testing.ts";
import type { ReadEntry } from "./testing.ts";

const scratch = mkdtempSync(join(tmpdir(), "seaworthy-tar-"));
afterAll(() => rmSync(scratch, { recursive: true }));

function answers(command: string, args: readonly string[], pattern: RegExp): boolean {
  const { status, stdout } = spawnSync(command, args, { encoding: "utf8" });
  return status === 0 && pattern.test(stdout);
}

const hasGnuTar = answers("tar", ["--version"], /GNU tar/);
const hasPython = answers("python3", ["-c", "import tarfile; print('ok')"], /ok/);

/** tar walks in the order of the directory: either of the two names may come first. */
const HARDLINKS: Readonly<Record<string, string>> = { plain: "zlink", zlink: "plain" };

const LONG = `${"directory-with-a-long-name/".repeat(5)}${"file".repeat(30)}`;

// Skipped where there is no GNU tar.
describe.runIf(hasGnuTar)("readTar against what GNU tar writes", () => {
  const root = join(scratch, "tree");

  beforeAll(async () => {
    await mkdir(join(root, "empty"), { recursive: true });
    await writeFile(join(root, "plain"), "plain content", { mode: 0o640 });
    await link(join(root, "plain"), join(root, "zlink"));
    await symlink("../somewhere/else", join(root, "symlink"));
    await writeFile(join(root, "large"), Buffer.alloc(3_000_000, "large"));
    await utimes(join(root, "plain"), 1_700_000_000.5, 1_700_000_000.5);
    execFileSync("mkfifo", [join(root, "pipe")]);
    await mkdir(join(root, LONG, ".."), { recursive: true });
    await writeFile(join(root, LONG), "deep");
    await symlink(LONG, join(root, "longlink"));
    await writeFile(join(root, "ünïcode"), "u");
    const sparse = await open(join(root, "sparse"), "w");
    for (let at = 0; at < 30; at++) await sparse.write(`piece ${at}`, at * 1_000_000);
    await sparse.truncate(31_000_000);
    await sparse.close();
  });

  async function check({ entry, bytes }: ReadEntry): Promise<void> {
    const path = join(root, entry.path);
    const found = await lstat(path);
    const actual = { mode: found.mode & 0o7777, uid: found.uid, gid: found.gid };
    expect({ mode: entry.mode, uid: entry.uid, gid: entry.gid }).toEqual(actual);
    expect(Math.floor(entry.mtime)).toBe(Math.floor(found.mtimeMs / 1000));
    const hardlink = entry.type === "hardlink" ? HARDLINKS[entry.path] : undefined;
    expect(entry.linkname).toBe(entry.type === "symlink" ? await readlink(path) : hardlink);
    const content = entry.type === "file" ? await readFile(path) : Buffer.alloc(0);
    expect(bytes.equals(content)).toBe(true);
  }

  it.each([
    ["gnu", []],
    ["oldgnu", []],
    ["pax", []],
    ["gnu with sparse files", ["--sparse"]],
    ["oldgnu with sparse files", ["--sparse"]],
    ["pax with sparse files 0.0", ["--sparse", "--sparse-version=0.0"]],
    ["pax with sparse files 0.1", ["--sparse", "--sparse-version=0.1"]],
    ["pax with sparse files 1.0", ["--sparse", "--sparse-version=1.0"]],
  ])("reads format %s", async (format, flags) => {
    const path = join(scratch, "gnu.tar");
    execFileSync("tar", [`--format=${format.split(" ")[0]!}`, ...flags, "-C", root, "-cf", path, "."]);
    const entries = await readAll(readTar(createReadStream(path, { highWaterMark: 10_007 })));
    const types = Object.groupBy(entries, ({ entry }) => entry.type);
    expect(types.fifo).toHaveLength(1);
    expect(types.symlink).toHaveLength(2);
    expect(types.hardlink).toHaveLength(1);
    const paths = entries.map(({ entry }) => entry.path);
    for (const name of [".", "empty", LONG, "ünïcode", "sparse", "plain"]) expect(paths).toContain(name);
    for (const one of entries) await check(one);
  });

  it.each(["v7", "ustar"])("reads format %s", async (format) => {
    const names = ["plain", "zlink", "symlink", "large", "empty", "ünïcode"];
    const archive = execFileSync("tar", [`--format=${format}`, "-C", root, "-c", ...names], {
      maxBuffer: 1e8,
    });
    const entries = await readAll(readTar([archive]));
    expect(entries.map(({ entry }) => entry.path)).toEqual(names);
    for (const one of entries) await check(one);
  });

  it("reads times to a fraction and user ids beyond octal", async () => {
    const flags = ["--owner=x:3000000", "--group=y:4000000", "--numeric-owner"];
    for (const format of ["pax", "gnu"]) {
      const archive = execFileSync("tar", [`--format=${format}`, ...flags, "-C", root, "-c", "plain"]);
      const [only] = await readAll(readTar([archive]));
      expect(only!.entry).toMatchObject({ uid: 3_000_000, gid: 4_000_000 });
      expect(only!.entry.mtime).toBe(format === "pax" ? 1_700_000_000.5 : 1_700_000_000);
    }
  });
});

const ITEMS: readonly TarItem[] = [
  bare({ path: "d", type: "directory", mode: 0o1755, mtime: 1_600_000_000 }),
  file("d/f", "content", { mode: 0o640, mtime: 1_600_000_000.25, uid: 3_000_000, gid: 7 }),
  file(LONG, "deep", { mtime: 5 }),
  file(`${"p".repeat(120)}/${"n".repeat(90)}`, "split"),
  file("ünïcode/日本", "u", { xattrs: new Map([["user.test", Uint8Array.of(1, 0xff, 0x3d, 10)]]) }),
  bare({
    path: "h",
    type: "hardlink",
    linkname: "d/f",
    mode: 0o640,
    mtime: 1_600_000_000.25,
    uid: 3_000_000,
    gid: 7,
  }),
  bare({ path: "s", type: "symlink", mode: 0o777, linkname: `../${"t".repeat(150)}` }),
  bare({ path: "p", type: "fifo", mode: 0o600 }),
  bare({ path: "null", type: "char", mode: 0o666, devMajor: 1, devMinor: 3 }),
];

// Skipped where there is no GNU tar.
describe.runIf(hasGnuTar)("writeTar against what GNU tar reads", () => {
  it("is unpacked without a warning to the same files", async () => {
    const out = join(scratch, "unpacked");
    mkdirSync(out);
    // Device nodes and foreign owners need root; the rest does not.
    const items = ITEMS.filter(({ entry }) => entry.type !== "char");
    const input = await gather(writeTar(items));
    const { status, stderr } = spawnSync("tar", ["-C", out, "--no-same-owner", "-xpf", "-"], {
      input,
      encoding: "utf8",
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    for (const { entry, content } of items.filter((item) => item.entry.type === "file")) {
      expect(await readFile(join(out, entry.path))).toEqual(await gather(content));
      expect((await lstat(join(out, entry.path))).mtimeMs / 1000).toBe(entry.mtime);
    }
    expect((await lstat(join(out, "h"))).ino).toBe((await lstat(join(out, "d/f"))).ino);
    expect(await readlink(join(out, "s"))).toBe(`../${"t".repeat(150)}`);
  });
});

const PYTHON = `
import json, sys, tarfile
kinds = {b"0": "file", b"1": "hardlink", b"2": "symlink", b"3": "char", b"5": "directory", b"6": "fifo"}
with tarfile.open(sys.argv[1]) as archive:
    print(json.dumps([dict(path=m.name, type=kinds[m.type], mode=m.mode, uid=m.uid, gid=m.gid,
        mtime=float(m.mtime), size=m.size, linkname=m.linkname or None, major=m.devmajor, minor=m.devminor,
        content=archive.extractfile(m).read().decode() if m.isreg() else None) for m in archive]))
`;

// Skipped where there is no Python.
describe.runIf(hasPython)("writeTar against what Python reads", () => {
  it("means the same", async () => {
    const path = join(scratch, "ours.tar");
    writeFileSync(path, await gather(writeTar(ITEMS)));
    const listed: unknown = JSON.parse(execFileSync("python3", ["-c", PYTHON, path], { encoding: "utf8" }));
    const expected = ITEMS.map(async ({ entry, content }) => ({
      path: entry.path,
      type: entry.type,
      mode: entry.mode,
      uid: entry.uid,
      gid: entry.gid,
      mtime: entry.mtime,
      size: entry.size,
      linkname: entry.linkname ?? null,
      major: entry.devMajor ?? 0,
      minor: entry.devMinor ?? 0,
      content: entry.type === "file" ? (await gather(content)).toString() : null,
    }));
    expect(listed).toEqual(await Promise.all(expected));
  });
});

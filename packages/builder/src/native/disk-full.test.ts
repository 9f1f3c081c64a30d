import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLayout } from "@seaworthy/oci";
import { enterMountNamespace } from "@seaworthy/sandbox";
import { afterAll, describe, expect, it } from "vitest";
import { openShell, openWorkbench } from "../../test/workbench.ts";

const shell = openShell();
afterAll(() => shell[Symbol.dispose]());

/** A file system of its own, seen by this process and its children only. */
function smallDisk(kilobytes: number): { readonly path: string } & Disposable {
  enterMountNamespace();
  const path = mkdtempSync(join(tmpdir(), "seaworthy-"));
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${kilobytes}k,mode=755`, "tmpfs", path]);
  return {
    path,
    [Symbol.dispose]() {
      execFileSync("umount", ["-l", path]);
      rmSync(path, { recursive: true });
    },
  };
}

function random(megabytes: number): Buffer {
  const bytes = Buffer.alloc(megabytes << 20);
  let state = 1;
  for (let at = 0; at < bytes.length; at += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    bytes.writeInt32LE(state, at);
  }
  return bytes;
}

describe("a full disk", () => {
  it("under the store fails the export, and leaves the store as it was", async () => {
    using disk = smallDisk(3_000);
    const out = await openLayout(join(disk.path, "store"));
    using bench = await openWorkbench({}, { out });
    bench.write({ large: random(6) });
    const failure = await bench.fail("FROM scratch\nCOPY large /");
    expect(failure).toMatchObject({ code: "disk-full" });
    expect(failure.message).toContain(disk.path);
    expect(failure.hint).toContain("make room");
    expect(bench.leftovers()).toEqual([]);
    expect(readdirSync(join(out.dir, "blobs", "sha256"))).toEqual([]);
  });

  it("under the cache fails the step that unpacks", async () => {
    using disk = smallDisk(4_000);
    using bench = await openWorkbench({ shell: shell.base }, { cacheDir: join(disk.path, "cache") });
    const failure = await bench.fail("FROM shell\nRUN true");
    expect(failure).toMatchObject({ code: "disk-full" });
    expect(failure.hint).toContain("free disk space");
    bench.reopen();
    expect(readdirSync(join(bench.cacheDir, "snapshots", "tmp"))).toEqual([]);
  });

  it("under a RUN is that program's to tell", async () => {
    using disk = smallDisk(60_000);
    using bench = await openWorkbench({ shell: shell.base }, { cacheDir: join(disk.path, "cache") });
    const failure = await bench.fail("FROM shell\nRUN cat /dev/zero > /large");
    expect(failure).toMatchObject({ code: "run-failed" });
    expect(failure.message).toContain("No space left on device");
    expect(bench.leftovers()).toEqual([]);
    mkdirSync(join(bench.cacheDir, "room"));
    expect((await bench.build("FROM shell\nRUN echo small")).output).toBe("small\n");
  });

  it("that keeps records from being written fails nothing", async () => {
    using disk = smallDisk(64);
    mkdirSync(join(disk.path, "cache"));
    using bench = await openWorkbench({}, { cacheDir: join(disk.path, "cache") });
    execFileSync("sh", ["-c", `cat /dev/zero > ${disk.path}/fill || true`], { stdio: "ignore" });
    bench.write({ a: "a" });
    const built = await bench.build("FROM scratch\nCOPY a /").catch((error: unknown) => error);
    expect(built).toMatchObject({ index: { size: expect.any(Number) as number } });
  });
});

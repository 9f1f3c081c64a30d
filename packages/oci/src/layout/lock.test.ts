import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { withLock } from "./lock.ts";

let dir: string;
let path: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "seaworthy-lock-"));
  path = join(dir, "lock");
});
afterEach(() => rm(dir, { recursive: true }));

/** Starts a process that holds the lock until it is killed. */
async function holder(): Promise<() => Promise<void>> {
  const script = `
    import { withLock } from ${JSON.stringify(join(import.meta.dirname, "lock.ts"))};
    await withLock(${JSON.stringify(path)}, () => new Promise(() => {
      console.log("held");
      setInterval(() => {}, 1000);
    }));`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout, "data");
  return async () => {
    child.kill("SIGKILL");
    await once(child, "exit");
  };
}

describe("withLock", () => {
  it("lets one at a time work and goes away afterwards", async () => {
    let inside = 0;
    const most: number[] = [];
    const work = async (): Promise<void> => {
      most.push(++inside);
      await new Promise((resolve) => setImmediate(resolve));
      inside--;
    };
    await Promise.all(Array.from({ length: 6 }, () => withLock(path, work)));
    expect(most).toEqual([1, 1, 1, 1, 1, 1]);
    expect(existsSync(path)).toBe(false);
  });

  it("goes away when the work fails", async () => {
    await expect(withLock(path, () => Promise.reject(new RangeError("no")))).rejects.toThrow("no");
    expect(existsSync(path)).toBe(false);
  });

  it("names the process that keeps it, and takes over when that is killed", async () => {
    const kill = await holder();
    try {
      const pid = (JSON.parse(await readFile(path, "utf8")) as { pid: number }).pid;
      const waiting = withLock(path, () => Promise.resolve(), { patience: 50 });
      await expect(waiting).rejects.toMatchObject({ code: "locked", retryable: true });
      await expect(withLock(path, () => Promise.resolve(), { patience: 0 })).rejects.toThrow(
        `process ${pid} of`,
      );
    } finally {
      await kill();
    }
    expect(existsSync(path)).toBe(true);
    expect(await withLock(path, () => Promise.resolve("mine"))).toBe("mine");
  });

  it("stops waiting when the signal fires", async () => {
    const controller = new AbortController();
    const waiting = withLock(path, () =>
      withLock(path, () => Promise.resolve(), { signal: controller.signal }),
    );
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: "aborted" });
  });

  it("does not take a pid that is used again for the owner", async () => {
    await withLock(path, async () => {
      const owner = JSON.parse(await readFile(path, "utf8")) as object;
      await writeFile(path, JSON.stringify({ ...owner, started: "1" }));
      expect(await withLock(path, () => Promise.resolve("mine"))).toBe("mine");
    });
  });

  it.each([
    ["an owner in another container", JSON.stringify({ pid: 1, scope: "elsewhere pid:[1]", started: "1" })],
    ["a lock whose writer stopped half-way", '{"pid":'],
  ])("waits for %s, until it is old", async (_title, content) => {
    await writeFile(path, content);
    await expect(withLock(path, () => Promise.resolve(), { patience: 20 })).rejects.toMatchObject({
      code: "locked",
    });
    await utimes(path, 1, 1);
    expect(await withLock(path, () => Promise.resolve("mine"))).toBe("mine");
  });

  it("clears an old guard that a crash left", async () => {
    await writeFile(path, "");
    await writeFile(`${path}.stale`, "");
    await utimes(path, 1, 1);
    await utimes(`${path}.stale`, 1, 1);
    expect(await withLock(path, () => Promise.resolve("mine"))).toBe("mine");
  });
});

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { digestOf, MediaType, openLayout } from "../index.ts";

const dir = mkdtempSync(join(tmpdir(), "seaworthy-full-"));
const mounted = mount();

/** A disk of 1 MiB; only root may make one. */
function mount(): boolean {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", dir], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

afterAll(() => {
  if (mounted) execFileSync("umount", [dir]);
  rmSync(dir, { recursive: true });
});

// Skipped where the tests may not mount a file system of their own.
describe.runIf(mounted)("a layout on a full disk", () => {
  const large = Buffer.alloc(2 << 20, 7);
  const target = { mediaType: MediaType.octets, digest: digestOf(large), size: large.length };

  it("says how much is needed and where, and leaves nothing behind", async () => {
    const layout = await openLayout(join(dir, "layout"));
    await expect(layout.put(target, [large])).rejects.toMatchObject({
      code: "disk-full",
      message: expect.stringContaining(
        `${join(layout.dir, "tmp")}: no space left, ${large.length} bytes are needed`,
      ) as string,
      hint: expect.stringContaining("make room") as string,
    });
    await expect(layout.ingest([large])).rejects.toMatchObject({ code: "disk-full" });
    expect(await readdir(join(layout.dir, "tmp"))).toEqual([]);
    expect(await layout.has(target)).toBe(false);
  });

  it("goes on working with what fits", async () => {
    const layout = await openLayout(join(dir, "layout"));
    const small = await layout.ingest([Buffer.from("fits")]);
    expect(await layout.has(small)).toBe(true);
  });
});

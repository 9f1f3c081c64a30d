import { randomBytes } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import type { Bytes } from "../content-store.ts";
import { explainDiskFull } from "./disk-full.ts";

/** Content on its way into the store, on disk and synced, under a name nobody looks for. */
export interface Temporary {
  readonly path: string;
  /** Gives it its place; replaces what is there, at once. */
  moveTo(path: string): Promise<void>;
  /** Does nothing after `moveTo`. */
  discard(): Promise<void>;
}

/**
 * Writes the content to a new file in `dir`. Leaves nothing behind where the source or the disk fails.
 * @param expected bytes, for the message where the disk is full
 * @throws OciError `disk-full`; whatever the source throws
 */
export async function writeTemporary(dir: string, content: Bytes, expected?: number): Promise<Temporary> {
  const path = join(dir, `${process.pid}-${randomBytes(8).toString("hex")}`);
  let written = 0;
  try {
    const handle = await open(path, "wx", 0o644);
    try {
      for await (const chunk of content) {
        await writeAll(handle, chunk);
        written += chunk.byteLength;
      }
      await handle.datasync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    await rm(path, { force: true });
    throw await explainDiskFull(error, dir, expected);
  }
  return {
    path,
    moveTo: async (target) => {
      try {
        await rename(path, target);
      } catch (error) {
        throw await explainDiskFull(error, dir, written);
      }
    },
    discard: () => rm(path, { force: true }),
  };
}

async function writeAll(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.byteLength;) {
    at += (await handle.write(chunk, at, chunk.byteLength - at)).bytesWritten;
  }
}

/** Makes a rename inside the directory survive a power cut. */
export async function syncDirectory(dir: string): Promise<void> {
  const handle = await open(dir, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

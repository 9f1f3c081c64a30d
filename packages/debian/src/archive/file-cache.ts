import { createReadStream } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { DebianError } from "../error.ts";
import type { Archive, ArchiveFile, OnDebianEvent } from "./archive.ts";
import { verified } from "./verified.ts";

export interface CachedFiles {
  readonly archive: Archive;
  readonly cacheDir: string;
  readonly signal: AbortSignal;
  readonly events: OnDebianEvent | undefined;
}

/**
 * Hands a file of the lock to `consume`, from the cache or fetched into it first. It is verified on its way in and on
 * every reading: a damaged file is fetched anew, once. `consume` is called again then, and starts from scratch.
 */
export async function readCached<T>(
  file: ArchiveFile,
  files: CachedFiles,
  consume: (body: AsyncIterable<Uint8Array>) => Promise<T>,
): Promise<T> {
  const path = join(files.cacheDir, nameOf(file));
  const size = await sizeOf(path);
  if (size !== undefined) {
    try {
      const result = await consume(readVerified(path, file, files.signal));
      files.events?.({ kind: "file", file: file.path, size, cached: true });
      return result;
    } catch (error) {
      // Damaged bytes may fail to unpack long before their hash is known.
      if (files.signal.aborted || (await isIntact(path, file, files.signal))) throw error;
      await rm(path, { force: true });
    }
  }
  const fetched = await fetchInto(path, file, files);
  files.events?.({ kind: "file", file: file.path, size: fetched, cached: false });
  return consume(readVerified(path, file, files.signal));
}

/** By hash alone: the same package of two suites or mirrors is one file. */
function nameOf({ sha256, integrity, path }: ArchiveFile): string {
  if (sha256 !== undefined) return `sha256-${sha256}`;
  const [, name, value] = /^(sha\d+)-(.+)$/.exec(integrity ?? "") ?? [];
  if (name !== undefined) return `${name}-${Buffer.from(value!, "base64").toString("hex")}`;
  throw new DebianError("invalid-lock", `${path}: expected a hash, found none`);
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch {
    return undefined;
  }
}

function readVerified(path: string, file: ArchiveFile, signal: AbortSignal): AsyncIterable<Uint8Array> {
  return verified(
    createReadStream(path, { highWaterMark: 1 << 20, signal }),
    file,
    `${file.path} in the cache`,
  );
}

async function isIntact(path: string, file: ArchiveFile, signal: AbortSignal): Promise<boolean> {
  try {
    for await (const chunk of readVerified(path, file, signal)) void chunk;
    return true;
  } catch {
    return false;
  }
}

/** Written beside its place, synced and renamed: a file that is there is whole. */
async function fetchInto(path: string, file: ArchiveFile, { archive, signal }: CachedFiles): Promise<number> {
  return archive.read(
    file,
    async (body) => {
      const temporary = `${path}.${randomUUID()}.tmp`;
      const handle = await open(temporary, "wx");
      try {
        let size = 0;
        for await (const chunk of body) {
          await handle.writeFile(chunk);
          size += chunk.byteLength;
        }
        await handle.sync();
        await handle.close();
        await rename(temporary, path);
        return size;
      } catch (error) {
        await handle.close().catch(() => undefined);
        await rm(temporary, { force: true });
        throw error;
      }
    },
    signal,
  );
}

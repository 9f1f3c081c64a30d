import { statfs } from "node:fs/promises";
import { OciError } from "../error.ts";

/**
 * Where a file-system error means that the disk is full, an error that says where and how much; else the error itself.
 * @param needed bytes still to be written, where known
 */
export async function explainDiskFull(error: unknown, dir: string, needed?: number): Promise<unknown> {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code !== "ENOSPC" && code !== "EDQUOT") return error;
  const free = await freeBytes(dir);
  const wanted = needed === undefined ? "" : `, ${needed} bytes are needed`;
  const left = free === undefined ? "" : `, ${free} are free`;
  return new OciError("disk-full", `${dir}: no space left${wanted}${left}`, {
    cause: error,
    hint: `make room on the disk of ${dir}${needed === undefined ? "" : ` for at least ${needed} bytes`}`,
  });
}

async function freeBytes(dir: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(dir);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}

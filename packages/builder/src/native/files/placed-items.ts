import { createHash } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import type { TarItem } from "@seaworthy/oci";
import { BuilderError } from "../../error.ts";
import type { Placed } from "./place.ts";

const SLICE = 1 << 20;

/** The files as layer items; a file that is no longer what was hashed is an error, never content. */
export function* itemsOfPlaced(placed: readonly Placed[], epoch: number): Generator<TarItem> {
  for (const item of placed) {
    const { path, type, mode, uid, gid, size, linkname, rdev, xattrs } = item;
    yield {
      entry: {
        path,
        type,
        mode,
        uid,
        gid,
        mtime: epoch,
        size,
        ...(linkname === undefined ? {} : { linkname }),
        ...(rdev === undefined ? {} : deviceOf(rdev)),
        ...(xattrs === undefined ? {} : { xattrs }),
      },
      content: contentOf(item),
    };
  }
}

/** How Linux packs two numbers into one: twelve bits of major between twenty of minor. */
function deviceOf(rdev: number): { readonly devMajor: number; readonly devMinor: number } {
  return { devMajor: (rdev >> 8) & 0xfff, devMinor: (rdev & 0xff) | ((rdev >> 12) & 0xfff00) };
}

function contentOf({ content, size }: Placed): Iterable<Uint8Array> {
  if (content === undefined) return [];
  return "text" in content ? [content.text] : readVerified(content.file, size, content.sha256);
}

function* readVerified(file: string, size: number, sha256: string): Generator<Uint8Array> {
  const hash = createHash("sha256");
  const fd = openSync(file, "r");
  let left = size;
  try {
    while (left > 0) {
      const buffer = Buffer.allocUnsafe(Math.min(SLICE, left));
      const count = readSync(fd, buffer, 0, buffer.length, null);
      if (count === 0) break;
      left -= count;
      const chunk = buffer.subarray(0, count);
      hash.update(chunk);
      yield chunk;
    }
  } finally {
    closeSync(fd);
  }
  if (left > 0 || hash.digest("hex") !== sha256) throw changed(file);
}

export function changed(what: string): BuilderError {
  return new BuilderError("context-changed", `${what}: changed while the build was reading it`, {
    hint: "run the build again when nothing writes to the folder",
  });
}

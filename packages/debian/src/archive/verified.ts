import { createHash } from "node:crypto";
import { DebianError } from "../error.ts";
import type { ArchiveFile } from "./archive.ts";

const DEFAULT_MAX = 16 << 20;

/**
 * The same chunks, counted and hashed on their way: throws before the end where they are not what the file should be.
 * `where` names file and mirror in the message.
 */
export async function* verified(
  body: AsyncIterable<Uint8Array>,
  file: Pick<ArchiveFile, "size" | "sha256" | "integrity" | "maxBytes">,
  where: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const checks = hashesOf(file, where);
  const limit = file.size ?? file.maxBytes ?? DEFAULT_MAX;
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > limit) throw tooMuch(file, where, limit);
    for (const { hash } of checks) hash.update(chunk);
    yield chunk;
  }
  if (file.size !== undefined && size !== file.size) {
    throw new DebianError("size-mismatch", `${where}: expected ${file.size} bytes, found ${size}`, {
      retryable: true,
    });
  }
  for (const { hash, encoding, expected, name } of checks) {
    const found = hash.digest(encoding);
    if (found !== expected) {
      throw new DebianError("hash-mismatch", `${where}: expected ${name} ${expected}, found ${found}`, {
        hint: "the mirror serves other bytes than the signed index or the lock names; use another mirror",
      });
    }
  }
}

function tooMuch({ size }: { readonly size?: number }, where: string, limit: number): DebianError {
  return size === undefined
    ? new DebianError("too-large", `${where}: expected at most ${limit} bytes, found more`)
    : new DebianError("size-mismatch", `${where}: expected ${limit} bytes, found more`);
}

function hashesOf({ sha256, integrity }: Pick<ArchiveFile, "sha256" | "integrity">, where: string) {
  const checks = [];
  if (sha256 !== undefined) {
    checks.push({ hash: createHash("sha256"), encoding: "hex" as const, expected: sha256, name: "sha256" });
  }
  if (integrity !== undefined) {
    const [, name, expected] = /^(sha512|sha384|sha256)-([A-Za-z0-9+/]+={0,2})$/.exec(integrity) ?? [];
    if (name === undefined || expected === undefined) {
      throw new DebianError(
        "invalid-lock",
        `${where}: expected integrity "sha512-…", found ${integrity.slice(0, 40)}`,
      );
    }
    checks.push({ hash: createHash(name), encoding: "base64" as const, expected, name });
  }
  return checks;
}

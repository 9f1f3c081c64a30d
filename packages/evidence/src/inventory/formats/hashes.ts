import type { Package } from "../package.ts";

type Hash = Package["hashes"][number];

/** By every name that formats have for them, with their bytes. */
const ALGORITHMS: ReadonlyMap<string, readonly [Hash["algorithm"], number]> = new Map([
  ["md5", ["MD5", 16]],
  ["sha1", ["SHA-1", 20]],
  ["sha256", ["SHA-256", 32]],
  ["sha512", ["SHA-512", 64]],
]);

/** A hash of one of the algorithms we tell of, in the form that is; none where it is another or no hash. */
export function toHashes(algorithm: string | undefined, hex: string | undefined): readonly Hash[] {
  const [name, bytes] = ALGORITHMS.get((algorithm ?? "").toLowerCase().replace("-", "")) ?? [];
  const value = (hex ?? "").toLowerCase();
  return name !== undefined && value.length === bytes! * 2 && /^[0-9a-f]+$/.test(value)
    ? [{ algorithm: name, value }]
    : [];
}

/** Subresource integrity, as npm's lockfiles have it: `sha512-…`, several parted by spaces. */
export function hashesIn(integrity: string | undefined): readonly Hash[] {
  return (integrity ?? "").split(/\s+/).flatMap((each) => {
    const [, name, base64 = ""] = /^(\w+)-([A-Za-z0-9+/]+={0,2})(?:\?|$)/.exec(each) ?? [];
    return toHashes(name, Buffer.from(base64, "base64").toString("hex"));
  });
}

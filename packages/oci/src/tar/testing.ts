import type { Bytes } from "../content-store.ts";
import type { TarEntry, TarItem } from "./entry.ts";

/** An entry with dull defaults, for tests. */
export function entry(fields: Partial<TarEntry> & { readonly path: string }): TarEntry {
  const type = fields.type ?? "file";
  return { type, mode: type === "directory" ? 0o755 : 0o644, uid: 0, gid: 0, mtime: 0, size: 0, ...fields };
}

export function file(path: string, content: Uint8Array | string, fields: Partial<TarEntry> = {}): TarItem {
  const bytes = Buffer.from(content as string);
  return { entry: entry({ path, size: bytes.length, ...fields }), content: [bytes] };
}

export function bare(fields: Partial<TarEntry> & { readonly path: string }): TarItem {
  return { entry: entry(fields), content: [] };
}

export async function gather(source: Bytes): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(Uint8Array.from(chunk));
  return Buffer.concat(chunks);
}

export interface ReadEntry {
  readonly entry: TarEntry;
  readonly bytes: Buffer;
}

export async function readAll(items: AsyncIterable<TarItem>): Promise<ReadEntry[]> {
  const entries: ReadEntry[] = [];
  for await (const { entry: found, content } of items) {
    entries.push({ entry: found, bytes: await gather(content) });
  }
  return entries;
}

/** The same bytes in pieces of `length`, to show that chunk borders do not matter. */
export function* cut(bytes: Uint8Array, length: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

/** A header block by hand, with a right checksum unless told otherwise: what no honest writer would write. */
export function rawHeader(
  fields: { name?: string; flag?: string; size?: string | Buffer; magic?: string; linkname?: string },
  { checksum }: { checksum?: string } = {},
): Buffer {
  const block = Buffer.alloc(512);
  block.write(fields.name ?? "file", 0, "latin1");
  block.write("0000644\x000000000\x000000000\0", 100, "latin1");
  if (typeof fields.size === "object") block.set(fields.size, 124);
  else block.write(`${fields.size ?? "0".repeat(11)}\0`, 124, "latin1");
  block.write(`${"0".repeat(11)}\0        ${fields.flag ?? "0"}`, 136, "latin1");
  block.write(fields.linkname ?? "", 157, "latin1");
  block.write(fields.magic ?? "ustar\x0000", 257, "latin1");
  return withChecksum(block, checksum);
}

export function withChecksum(block: Buffer, checksum?: string): Buffer {
  block.fill(0x20, 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(checksum ?? `${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

/** Content padded to whole blocks. */
export function blocks(content: string | Uint8Array): Buffer {
  const bytes = Buffer.from(content as string);
  return Buffer.concat([bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

export function paxHeader(records: readonly (readonly [string, string])[]): Buffer {
  const body = records
    .map(([key, value]) => {
      const rest = Buffer.byteLength(`${key}=${value}`) + 2;
      const length = [1, 2, 3, 4, 5, 6]
        .map((digits) => rest + digits)
        .find((n, at) => String(n).length === at + 1)!;
      return `${length} ${key}=${value}\n`;
    })
    .join("");
  const size = Buffer.byteLength(body).toString(8).padStart(11, "0");
  return Buffer.concat([rawHeader({ name: "PaxHeaders/0", flag: "x", size }), blocks(body)]);
}

export const END = Buffer.alloc(1024);

import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { writeTar } from "@seaworthy/oci";
import type { TarEntry, TarItem } from "@seaworthy/oci";

const MTIME = Date.UTC(2026, 0, 2) / 1000;

export function file(path: string, content: string | Uint8Array, fields: Partial<TarEntry> = {}): TarItem {
  const bytes = Buffer.from(content as string);
  return item({ path, type: "file", size: bytes.length, ...fields }, [bytes]);
}

export function directory(path: string, fields: Partial<TarEntry> = {}): TarItem {
  return item({ path, type: "directory", mode: 0o755, ...fields });
}

export function symlink(path: string, linkname: string): TarItem {
  return item({ path, type: "symlink", mode: 0o777, linkname });
}

export function hardlink(path: string, linkname: string): TarItem {
  return item({ path, type: "hardlink", linkname });
}

export function item(
  fields: Partial<TarEntry> & Pick<TarEntry, "path" | "type">,
  content: Buffer[] = [],
): TarItem {
  return { entry: { mode: 0o644, uid: 0, gid: 0, mtime: MTIME, size: 0, ...fields }, content };
}

export async function tar(items: readonly TarItem[]): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of writeTar(items)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

/** Writes another name of the same length over one in a tar archive: names that no honest writer takes. */
export function renameIn(archive: Buffer, from: string, to: string): Buffer {
  const at = archive.indexOf(from, 0, "latin1");
  if (at < 0 || at % 512 !== 0 || from.length !== to.length) throw new Error("no such name in the archive");
  const copy = Buffer.from(archive);
  copy.write(to, at, "latin1");
  copy.fill(0x20, at + 148, at + 156);
  const sum = copy.subarray(at, at + 512).reduce((total, byte) => total + byte, 0);
  copy.write(`${sum.toString(8).padStart(6, "0")}\0 `, at + 148, "latin1");
  return copy;
}

export function ar(members: readonly (readonly [name: string, content: Uint8Array])[]): Buffer {
  const parts: Buffer[] = [Buffer.from("!<arch>\n")];
  for (const [name, content] of members) {
    const header = `${name.padEnd(16)}${"0".padEnd(12)}${"0".padEnd(6)}${"0".padEnd(6)}${"100644".padEnd(8)}${String(content.length).padEnd(10)}\`\n`;
    parts.push(Buffer.from(header), Buffer.from(content), Buffer.alloc(content.length % 2, 10));
  }
  return Buffer.concat(parts);
}

/** A package as a test describes it. */
export interface FakePackage {
  readonly name: string;
  readonly version?: string;
  readonly arch?: string;
  /** Further fields of the control file and the index: `Depends`, `Provides`, `Multi-Arch` … */
  readonly fields?: Readonly<Record<string, string>>;
  readonly data?: readonly TarItem[];
  /** Further control files. */
  readonly control?: Readonly<Record<string, string>>;
  /** The data archive, where it is not an honest one. */
  readonly rawData?: Buffer;
  /** The whole .deb, where it is not one. */
  readonly raw?: Buffer;
}

export interface BuiltDeb {
  readonly bytes: Buffer;
  /** Its stanza in a `Packages` file. */
  readonly stanza: string;
  readonly path: string;
}

export async function buildDeb(fake: FakePackage, arch: string): Promise<BuiltDeb> {
  const { name, version = "1.0-1", fields = {}, data = [], control = {} } = fake;
  const own = fake.arch ?? arch;
  const stanza = [
    `Package: ${name}`,
    `Version: ${version}`,
    `Architecture: ${own}`,
    "Maintainer: Nobody <nobody@example.org>",
    ...Object.entries(fields).map(([field, value]) => `${field}: ${value}`),
    "Description: made by a test",
    " with a second line",
  ].join("\n");
  const controls = Object.entries({ ...control, control: `${stanza}\n` }).map(([path, text]) =>
    file(path, text, { mode: text.startsWith("#!") ? 0o755 : 0o644 }),
  );
  const bytes =
    fake.raw ??
    ar([
      ["debian-binary", Buffer.from("2.0\n")],
      ["control.tar.gz", gzipSync(await tar([directory("."), ...controls]))],
      ["data.tar.gz", gzipSync(fake.rawData ?? (await tar([directory("."), ...data])))],
    ]);
  const path = `pool/main/${name[0]}/${name}/${name}_${version.replace(/^\d+:/, "")}_${own}.deb`;
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { bytes, path, stanza: `${stanza}\nFilename: ${path}\nSize: ${bytes.length}\nSHA256: ${sha256}\n` };
}

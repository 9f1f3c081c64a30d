import { OciError } from "../error.ts";
import type { ByteReader } from "../stream/byte-reader.ts";
import type { TarEntry, TarEntryType } from "./entry.ts";
import { BLOCK, isZeroBlock, paddingOf, parseHeader } from "./header.ts";
import type { Header } from "./header.ts";
import type { TarLimits } from "./limits.ts";
import { checkTarget, normalisePath, quote } from "./path.ts";
import { parsePax, paxNatural, paxTime, XATTR } from "./pax.ts";
import type { PaxRecords } from "./pax.ts";
import { isSparse10, paxSparse, readOldSparse, readSparse10, storedBytes } from "./sparse.ts";
import type { SparseMap } from "./sparse.ts";
import { decodePath } from "./text.ts";

/** One entry, and how its content lies in the archive: `stored` bytes, then padding to a block. */
export interface Member {
  readonly entry: TarEntry;
  readonly stored: number;
  readonly padding: number;
  readonly sparse?: SparseMap;
}

/** What extended headers said about the entry that follows them. */
interface Extensions {
  pax?: PaxRecords;
  longName?: string;
  longLink?: string;
}

const TYPES: Readonly<Record<string, TarEntryType>> = {
  "\0": "file",
  "0": "file",
  "1": "hardlink",
  "2": "symlink",
  "3": "char",
  "4": "block",
  "5": "directory",
  "6": "fifo",
  "7": "file",
  S: "file",
};

/** The next entry with all that was said about it beforehand; undefined at the end of the archive. */
export async function readMember(
  reader: ByteReader,
  limits: Required<TarLimits>,
): Promise<Member | undefined> {
  const extensions: Extensions = {};
  for (;;) {
    const where = `tar header at byte ${reader.position}`;
    const block = reader.tryTake(BLOCK) ?? (await reader.take(BLOCK));
    if (block === undefined || isZeroBlock(block)) {
      await checkEnd(reader, block, extensions, where);
      return undefined;
    }
    const header = parseHeader(block, where);
    if (!(await readExtension(header, extensions, reader, limits.maxHeaderBytes, where))) {
      return await toMember({ block, header, extensions, reader, limits, where });
    }
  }
}

// Two zero blocks end an archive. One alone, or none, is what several tars write, and everyone reads.
async function checkEnd(
  reader: ByteReader,
  block: Buffer | undefined,
  extensions: Extensions,
  where: string,
): Promise<void> {
  if (Object.keys(extensions).length > 0) {
    throw new OciError("invalid-archive", `${where}: archive ends after an extended header`);
  }
  const second = block === undefined ? undefined : await reader.take(BLOCK);
  if (second !== undefined && !isZeroBlock(second)) {
    throw new OciError("invalid-archive", `${where}: a zero block is followed by more content`);
  }
}

/** True where the header was one that speaks about the next. */
async function readExtension(
  header: Header,
  extensions: Extensions,
  reader: ByteReader,
  maxHeaderBytes: number,
  where: string,
): Promise<boolean> {
  const once = (field: keyof Extensions): void => {
    // Readers disagree about which of two wins, so an archive with two means different things to each of them.
    if (extensions[field] !== undefined) {
      throw new OciError("invalid-archive", `${where}: a second extended header for one entry`);
    }
  };
  switch (header.flag) {
    case "x":
      once("pax");
      extensions.pax = parsePax(await readBody(header, reader, maxHeaderBytes, where), where);
      return true;
    case "L":
      once("longName");
      extensions.longName = cString(await readBody(header, reader, maxHeaderBytes, where));
      return true;
    case "K":
      once("longLink");
      extensions.longLink = cString(await readBody(header, reader, maxHeaderBytes, where));
      return true;
    // Global records are comments in practice (git archive); as defaults for all entries they would only be a trap.
    case "g":
    case "V":
      await readBody(header, reader, maxHeaderBytes, where);
      return true;
    default:
      return false;
  }
}

async function readBody(
  { size }: Header,
  reader: ByteReader,
  maxHeaderBytes: number,
  where: string,
): Promise<Buffer> {
  if (size > maxHeaderBytes) {
    throw new OciError("too-large", `${where}: extended header of ${size} bytes; limit ${maxHeaderBytes}`);
  }
  const padded = size + paddingOf(size);
  const body = padded === 0 ? Buffer.alloc(0) : await reader.take(padded);
  if (body === undefined) throw new OciError("invalid-archive", `${where}: extended header is cut off`);
  return body.subarray(0, size);
}

function cString(body: Buffer): string {
  const end = body.indexOf(0);
  return decodePath(end === -1 ? body : body.subarray(0, end));
}

interface Found {
  readonly block: Buffer;
  readonly header: Header;
  readonly extensions: Extensions;
  readonly reader: ByteReader;
  readonly limits: Required<TarLimits>;
  readonly where: string;
}

async function toMember(found: Found): Promise<Member> {
  const { header, extensions, limits, where } = found;
  const values = extensions.pax?.values;
  const name =
    text(values?.get("GNU.sparse.name") ?? values?.get("path")) ?? extensions.longName ?? header.name;
  const path = normalisePath(name, where, limits.absolutePaths);
  const at = `${where} (${quote(path)})`;
  const written = number(values?.get("size"), at) ?? header.size;
  const type = typeOf(header, name, written, at);
  if (path === "." && type !== "directory") {
    throw new OciError("invalid-archive", `${at}: the root of the archive is no directory but a ${type}`);
  }
  // As in Go's reader, which is what images were made for: only files have content, whatever the size field says.
  const stored = type === "file" ? written : 0;
  const entry = toEntry(found, { type, path, size: stored, at });
  const member = { entry, stored, padding: paddingOf(stored) };
  return type === "file" ? await withHoles(member, found, at) : member;
}

function typeOf({ flag }: Header, name: string, size: number, at: string): TarEntryType {
  const type = TYPES[flag] ?? (flag === "D" ? "directory" : undefined);
  if (type === undefined || (flag === "D" && size > 0)) {
    throw new OciError("invalid-archive", `${at}: entry type ${JSON.stringify(flag)} is not known`);
  }
  if (type !== "file" || !name.endsWith("/")) return type;
  // Before ustar a directory was a file whose name ends in a slash.
  if (size === 0) return "directory";
  throw new OciError("invalid-archive", `${at}: a directory with ${size} bytes of content`);
}

function toEntry(
  { header, extensions, limits }: Found,
  { type, path, size, at }: { type: TarEntryType; path: string; size: number; at: string },
): TarEntry {
  const values = extensions.pax?.values;
  const mtime = values?.get("mtime");
  const base = {
    path,
    type,
    mode: header.mode,
    uid: number(values?.get("uid"), at) ?? header.uid,
    gid: number(values?.get("gid"), at) ?? header.gid,
    mtime: mtime === undefined ? header.mtime : paxTime(mtime, `${at}: mtime`),
    size,
  };
  const xattrs = values === undefined ? {} : xattrsOf(values);
  if (type === "symlink" || type === "hardlink") {
    const link = text(values?.get("linkpath")) ?? extensions.longLink ?? header.linkname;
    const linkname =
      type === "symlink"
        ? checkTarget(link, `${at}: target`)
        : normalisePath(link, `${at}: target`, limits.absolutePaths);
    return { ...base, linkname, ...xattrs };
  }
  if (type !== "char" && type !== "block") return { ...base, ...xattrs };
  return { ...base, devMajor: header.devMajor, devMinor: header.devMinor, ...xattrs };
}

function xattrsOf(values: PaxRecords["values"]): { xattrs?: ReadonlyMap<string, Uint8Array> } {
  const xattrs = new Map<string, Uint8Array>();
  for (const [key, value] of values) {
    // Copied: the record is a view into a chunk that would otherwise be kept alive whole.
    if (key.startsWith(XATTR)) xattrs.set(key.slice(XATTR.length), Uint8Array.from(value));
  }
  return xattrs.size === 0 ? {} : { xattrs };
}

async function withHoles(member: Member, found: Found, at: string): Promise<Member> {
  const { header, block, extensions, reader, limits } = found;
  const { maxHeaderBytes } = limits;
  const pax = extensions.pax;
  let stored = member.stored;
  let sparse: SparseMap | undefined;
  if (header.flag === "S") {
    if (!header.gnu)
      throw new OciError("invalid-archive", `${at}: a sparse file that is not in GNU's format`);
    sparse = await readOldSparse(block, reader, maxHeaderBytes, at);
  } else if (pax !== undefined && isSparse10(pax.values)) {
    const { map, bytes } = await readSparse10(pax, reader, { stored, maxHeaderBytes, where: at });
    sparse = map;
    stored -= bytes;
  } else if (pax !== undefined) sparse = paxSparse(pax, at);
  if (sparse === undefined) return member;
  if (storedBytes(sparse) !== stored) {
    throw new OciError(
      "invalid-archive",
      `${at}: sparse map stores ${storedBytes(sparse)} bytes, found ${stored}`,
    );
  }
  reader.charge(sparse.realSize);
  return { ...member, entry: { ...member.entry, size: sparse.realSize }, stored, sparse };
}

function text(value: Buffer | undefined): string | undefined {
  return value === undefined ? undefined : decodePath(value);
}

function number(value: Buffer | undefined, at: string): number | undefined {
  return value === undefined ? undefined : paxNatural(value, at);
}

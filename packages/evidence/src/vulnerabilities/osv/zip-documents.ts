import { crc32, inflateRawSync } from "node:zlib";
import { type Entry, type ZipFile, fromRandomAccessReaderPromise } from "yauzl";
import { EvidenceError } from "../../error.ts";
import { BlockReader } from "./block-reader.ts";
import { LARGEST_ARCHIVE, LARGEST_RECORD, MOST_RECORDS, type OsvDocument } from "./documents.ts";

/**
 * The records of an `all.zip`, in its order. Small files by the hundred thousand: each is inflated in one go.
 * @throws EvidenceError `invalid-advisories` where it is no zip, is cut off or damaged, or is larger than data can be
 */
export async function* zipDocuments(path: string, what: string): AsyncGenerator<OsvDocument> {
  using reader = new BlockReader(path);
  const zip = await open(reader, what);
  if (zip.entryCount > MOST_RECORDS) throw damaged(what, `holds ${zip.entryCount} files`);
  let unpacked = 0;
  for await (const entry of entriesOf(zip, what)) {
    if (!entry.fileName.endsWith(".json")) continue;
    unpacked += entry.uncompressedSize;
    if (entry.uncompressedSize > LARGEST_RECORD || unpacked > LARGEST_ARCHIVE) {
      throw damaged(what, `${entry.fileName} makes it larger than data can be`);
    }
    yield { name: entry.fileName.split("/").at(-1)!, json: await read(zip, entry, reader, what) };
  }
}

async function open(reader: BlockReader, what: string): Promise<ZipFile> {
  try {
    return await fromRandomAccessReaderPromise(reader, reader.size, { autoClose: false });
  } catch (cause) {
    throw damaged(what, (cause as Error).message, cause);
  }
}

async function* entriesOf(zip: ZipFile, what: string): AsyncGenerator<Entry> {
  try {
    yield* zip.eachEntry();
  } catch (cause) {
    throw damaged(what, (cause as Error).message, cause);
  }
}

async function read(zip: ZipFile, entry: Entry, reader: BlockReader, what: string): Promise<string> {
  try {
    const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
    const bytes = inflate(reader.take(fileDataStart, entry.compressedSize), entry);
    if (bytes.length !== entry.uncompressedSize) throw new Error("its size is not the one it says");
    if (crc32(bytes) !== entry.crc32) throw new Error("its checksum is not the one it says");
    return bytes.toString("utf8");
  } catch (cause) {
    throw damaged(what, `${entry.fileName}: ${(cause as Error).message}`, cause);
  }
}

function inflate(packed: Buffer, { compressionMethod, uncompressedSize }: Entry): Buffer {
  if (compressionMethod === 0) return packed;
  if (compressionMethod !== 8) throw new Error(`compression method ${compressionMethod} is not read here`);
  return inflateRawSync(packed, { maxOutputLength: Math.max(1, uncompressedSize) });
}

function damaged(what: string, why: string, cause?: unknown): EvidenceError {
  return new EvidenceError("invalid-advisories", `${what}: ${why}`, {
    cause,
    hint: "load the archive again; what was loaded before is kept",
  });
}

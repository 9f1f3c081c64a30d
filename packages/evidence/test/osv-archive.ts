import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { crc32, deflateRawSync } from "node:zlib";

/** Hand-made advisories, as a folder that `--offline` takes. */
export const OSV_FOLDER = join(import.meta.dirname, "osv");
/** A day on which the youngest of them is not a week old. */
export const OSV_DAY = Date.parse("2026-11-22T12:00:00Z");

/** The records of an ecosystem, by file name. */
export function osvFiles(ecosystem: string): Readonly<Record<string, string>> {
  const folder = join(OSV_FOLDER, ecosystem);
  return Object.fromEntries(
    readdirSync(folder)
      .toSorted()
      .map((name) => [name, readFileSync(join(folder, name), "utf8")]),
  );
}

/** A zip as OSV serves it. `lie` is the unpacked size that it says of every file. */
export function zipOf(files: Readonly<Record<string, string>>, lie?: number): Buffer {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(files)) {
    const [bytes, nameBytes] = [Buffer.from(text), Buffer.from(name)];
    const packed = deflateRawSync(bytes);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(lie ?? bytes.length, 18);
    common.writeUInt16LE(nameBytes.length, 22);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(20, 4);
    common.copy(entry, 6);
    entry.writeUInt32LE(offset, 42);
    const header = Buffer.concat([Buffer.from("PK\u0003\u0004"), common, nameBytes, packed]);
    local.push(header);
    central.push(entry, nameBytes);
    offset += header.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  const count = Object.keys(files).length;
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...local, directory, end]);
}

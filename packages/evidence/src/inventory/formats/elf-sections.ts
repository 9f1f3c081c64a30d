import { EvidenceError } from "../../error.ts";
import { Windows } from "./windows.ts";

/** As much of a file as its headers are in, by custom. */
const HEAD = 4096;
const PT_LOAD = 1;
/** What is kept behind the parts that are loaded: lists of packages come before tables of symbols. */
const UNLOADED = 8 << 20;
/** What is kept before the table of sections, where the names of the sections usually are. */
const BEFORE_TABLE = 256 << 10;

interface Section {
  readonly name: number;
  readonly offset: number;
  readonly size: number;
}

/**
 * Finds sections of a program (elf(5)) that are not loaded when it runs, while the program comes by: it may be hundreds
 * of megabytes, of which little is kept.
 */
export class ElfSections {
  readonly #windows = new Windows();
  #head = Buffer.alloc(0);
  #header: ElfHeader | undefined;

  /** False where it is no such program. */
  write(chunk: Uint8Array): boolean {
    if (this.#header !== undefined) {
      this.#windows.write(chunk);
      return true;
    }
    this.#head = Buffer.concat([this.#head, chunk]);
    if (this.#head.length < HEAD) return true;
    const header = new ElfHeader(this.#head);
    if (!header.isElf) return false;
    const { loadedEnd, table } = header;
    this.#windows.keep(loadedEnd, loadedEnd + UNLOADED);
    this.#windows.keep(table.start - BEFORE_TABLE, table.end);
    this.#windows.write(this.#head);
    this.#header = header;
    this.#head = Buffer.alloc(0);
    return true;
  }

  /**
   * The content of a section, undefined where there is none of that name.
   * @throws EvidenceError `unreadable` where it lies in none of the parts that were kept
   */
  section(name: string): Buffer | undefined {
    const header = this.#header;
    const table = header && this.#windows.bytes(header.table.start, header.table.end);
    if (header === undefined || table === undefined) return undefined;
    const sections = header.sections(table);
    const named = sections[header.nameSection];
    const names = named && this.#windows.bytes(named.offset, named.offset + named.size);
    const wanted = Buffer.from(`${name}\0`);
    const found = sections.find((each) =>
      names?.subarray(each.name, each.name + wanted.length).equals(wanted),
    );
    if (found === undefined) return undefined;
    const content = this.#windows.bytes(found.offset, found.offset + found.size);
    if (content !== undefined) return content;
    throw new EvidenceError("unreadable", `its section ${name} lies where it is not looked for`);
  }
}

/** Where things are, for both widths and byte orders. */
class ElfHeader {
  readonly isElf: boolean;
  readonly loadedEnd: number;
  readonly table: { readonly start: number; readonly end: number; readonly entry: number };
  readonly nameSection: number;
  readonly #wide: boolean;
  readonly #bigEndian: boolean;

  constructor(head: Buffer) {
    this.isElf = head.toString("latin1", 0, 4) === "\x7fELF";
    this.#wide = head[4] === 2;
    this.#bigEndian = head[5] === 2;
    const [count, entry, at] = this.#wide ? [60, 58, 62] : [48, 46, 50];
    const start = this.#long(head, this.#wide ? 40 : 32);
    const size = this.#number(head, entry, 2);
    // An entry of another size is none; a table of those could be gigabytes.
    const isTable = size === (this.#wide ? 64 : 40);
    this.table = { start, end: start + (isTable ? size * this.#number(head, count, 2) : 0), entry: size };
    this.nameSection = this.#number(head, at, 2);
    this.loadedEnd = this.#loadedEnd(head);
  }

  sections(table: Buffer): readonly Section[] {
    const { entry } = this.table;
    return Array.from({ length: Math.floor(table.length / entry) }, (_, index) => {
      const at = index * entry;
      return {
        name: this.#number(table, at, 4),
        offset: this.#long(table, at + (this.#wide ? 24 : 16)),
        size: this.#long(table, at + (this.#wide ? 32 : 20)),
      };
    });
  }

  #loadedEnd(head: Buffer): number {
    const [size = 0, count = 0] = (this.#wide ? [54, 56] : [42, 44]).map((at) => this.#number(head, at, 2));
    const [offset, length] = this.#wide ? [8, 32] : [4, 16];
    const start = this.#long(head, this.#wide ? 32 : 28);
    let end = 0;
    for (let index = 0; index < count; index++) {
      const at = start + index * size;
      if (at + 56 > head.length) break;
      const isLoaded = this.#number(head, at, 4) === PT_LOAD;
      if (isLoaded) end = Math.max(end, this.#long(head, at + offset) + this.#long(head, at + length));
    }
    return end;
  }

  #long(bytes: Buffer, at: number): number {
    if (!this.#wide) return this.#number(bytes, at, 4);
    // A number beyond what is held exactly is beyond the end of any file too.
    return Number(this.#bigEndian ? bytes.readBigUInt64BE(at) : bytes.readBigUInt64LE(at));
  }

  #number(bytes: Buffer, at: number, width: 2 | 4): number {
    return this.#bigEndian ? bytes.readUIntBE(at, width) : bytes.readUIntLE(at, width);
  }
}

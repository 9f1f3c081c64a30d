export interface ElfShape {
  readonly wide?: boolean;
  readonly bigEndian?: boolean;
  /** Bytes of the part that is loaded. */
  readonly loaded?: number;
  /** Bytes between that and the sections. */
  readonly before?: number;
  /** Bytes between the sections and the names of sections. */
  readonly symbols?: number;
}

/** A program with these sections, none of which is loaded (elf(5)). */
export function elf(
  sections: readonly (readonly [name: string, content: Uint8Array])[],
  { wide = true, bigEndian = false, loaded = 8192, before = 0, symbols = 0 }: ElfShape = {},
): Buffer {
  const number = (width: number, value: number): Buffer => {
    const bytes = Buffer.alloc(width);
    bytes.writeUIntLE(value, 0, Math.min(width, 6));
    return bigEndian ? bytes.reverse() : bytes;
  };
  const long = wide ? 8 : 4;
  const record = (...fields: readonly (readonly [width: number, value: number])[]): Buffer =>
    Buffer.concat(fields.map(([width, value]) => number(width, value)));

  const names = Buffer.from(["", ...sections.map(([name]) => name), ".shstrtab", ""].join("\0"));
  const nameAt = (name: string): number => names.indexOf(`${name}\0`);
  let offset = loaded + before;
  const placed = sections.map(([name, content]) => {
    const at = offset;
    offset += content.length;
    return { name, at, content };
  });
  const namesAt = offset + symbols;
  const section = (name: number, type: number, at: number, size: number): Buffer =>
    record(
      [4, name],
      [4, type],
      [long, 0],
      [long, 0],
      [long, at],
      [long, size],
      [4, 0],
      [4, 0],
      [long, 1],
      [long, 0],
    );
  const table = [
    section(0, 0, 0, 0),
    ...placed.map(({ name, at, content }) => section(nameAt(name), 1, at, content.length)),
    section(nameAt(".shstrtab"), 3, namesAt, names.length),
  ];
  const headerSize = wide ? 64 : 52;
  const segment = wide
    ? record([4, 1], [4, 5], [8, 0], [8, 0], [8, 0], [8, loaded], [8, loaded], [8, 4096])
    : record([4, 1], [4, 0], [4, 0], [4, 0], [4, loaded], [4, loaded], [4, 5], [4, 4096]);
  const header = Buffer.concat([
    Buffer.from([0x7f, 0x45, 0x4c, 0x46, wide ? 2 : 1, bigEndian ? 2 : 1, 1, ...Array<number>(9).fill(0)]),
    record([2, 2], [2, 62], [4, 1], [long, 0], [long, headerSize], [long, namesAt + names.length], [4, 0]),
    record(
      [2, headerSize],
      [2, segment.length],
      [2, 1],
      [2, table[0]!.length],
      [2, table.length],
      [2, table.length - 1],
    ),
  ]);
  const body = Buffer.alloc(namesAt);
  header.copy(body);
  segment.copy(body, headerSize);
  for (const { at, content } of placed) body.set(content, at);
  const whole = Buffer.concat([body, names, ...table]);
  // To a multiple of 16, for what is put behind it.
  return Buffer.concat([whole, Buffer.alloc(-whole.length & 15)]);
}

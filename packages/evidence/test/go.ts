/** What Go's linker writes (package debug/buildinfo), with texts in place as since Go 1.18. */
export function buildInfo(version: string, modules: readonly string[]): Buffer {
  const sentinel = Buffer.alloc(16, 0xf9);
  const list = modules.length === 0 ? [] : [sentinel, Buffer.from(`${modules.join("\n")}\n`), sentinel];
  return Buffer.concat([
    Buffer.from("\xff Go buildinf:\x08\x02", "latin1"),
    Buffer.alloc(16),
    ...[Buffer.from(version), Buffer.concat(list)].flatMap((text) => [varint(text.length), text]),
  ]);
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let left = value; ; left >>>= 7) {
    if (left < 0x80) return Buffer.from([...bytes, left]);
    bytes.push((left & 0x7f) | 0x80);
  }
}

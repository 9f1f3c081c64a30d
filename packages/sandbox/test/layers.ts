import type { TarEntry, TarItem } from "@seaworthy/oci";

export function entry(path: string, type: TarEntry["type"], more: Partial<TarEntry> = {}): TarItem {
  const mode = type === "directory" ? 0o755 : type === "symlink" ? 0o777 : 0o644;
  return { entry: { path, type, mode, uid: 0, gid: 0, mtime: 1_600_000_000, size: 0, ...more }, content: [] };
}

export function file(path: string, text: string, more: Partial<TarEntry> = {}): TarItem {
  const content = [Buffer.from(text)];
  return { ...entry(path, "file", { size: content[0]!.length, ...more }), content };
}

export async function* layer(...items: readonly TarItem[]): AsyncGenerator<TarItem> {
  yield* items;
}

/** Entries with their contents as text. */
export async function read(items: AsyncIterable<TarItem>): Promise<(TarEntry & { text: string })[]> {
  const found: (TarEntry & { text: string })[] = [];
  for await (const item of items) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of item.content) chunks.push(chunk);
    found.push({ ...item.entry, text: Buffer.concat(chunks).toString() });
  }
  return found;
}

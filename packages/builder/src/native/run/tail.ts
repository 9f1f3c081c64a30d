/** The last lines of a stream, whatever its length. */
export interface Tail {
  add(chunk: Uint8Array): void;
  lines(): readonly string[];
}

const MAX_LINE = 2_000;

export function tailOf(count: number): Tail {
  const kept: string[] = [];
  let open = "";
  const decoder = new TextDecoder();
  const keep = (line: string): void => {
    kept.push(line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}…` : line);
    if (kept.length > count) kept.shift();
  };
  return {
    add(chunk) {
      const lines = (open + decoder.decode(chunk, { stream: true })).split(/\r?\n/);
      open = lines.pop()!.slice(-MAX_LINE);
      for (const line of lines) keep(line);
    },
    lines: () => (open === "" ? kept : [...kept, open].slice(-count)),
  };
}

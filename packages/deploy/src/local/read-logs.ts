import { createReadStream, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import type { LogLine, LogOptions } from "../target.ts";

/** Between two looks at files that are followed. */
const INTERVAL = 250;
const SUFFIX = ".log";

/** What services have printed, each in its own order. The files are read alone: no supervisor has to run. */
export async function* readLogs(
  folder: string,
  { service, lines, follow, signal }: LogOptions,
): AsyncGenerator<LogLine> {
  const names = service === undefined ? namesIn(folder) : [service];
  const seen = new Map<string, number>();
  for (const name of names) {
    const file = join(folder, `${name}${SUFFIX}`);
    const end = sizeOf(file);
    const last: string[] = [];
    for (const part of [`${file}.1`, file]) {
      for await (const text of linesOf(part, 0, part === file ? end : sizeOf(part))) {
        last.push(text);
        if (last.length > lines) last.shift();
      }
    }
    for (const text of last) yield { service: name, text };
    seen.set(name, end);
  }
  if (!follow) return;
  while (!signal.aborted) {
    await wait(INTERVAL, undefined, { signal }).catch(() => undefined);
    for (const name of service === undefined ? namesIn(folder) : [service]) {
      const file = join(folder, `${name}${SUFFIX}`);
      const [from, end] = [seen.get(name) ?? 0, sizeOf(file)];
      // A file that has become smaller is a new one.
      for await (const text of linesOf(file, end < from ? 0 : from, end)) yield { service: name, text };
      seen.set(name, end);
    }
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(SUFFIX))
      .map((name) => name.slice(0, -SUFFIX.length))
      .toSorted();
  } catch {
    return [];
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

async function* linesOf(file: string, start: number, end: number): AsyncGenerator<string> {
  if (end <= start) return;
  const input = createReadStream(file, { start, end: end - 1 });
  yield* createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
}

import { mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

/** A folder for what this process needs while it runs. */
export interface Scratch extends Disposable {
  readonly dir: string;
}

/**
 * Named after the process and its start, so that what a killed one left can be told from what a living one uses: it is
 * removed by the next.
 */
export function openScratch(parent: string): Scratch {
  mkdirSync(parent, { recursive: true, mode: 0o700 });
  for (const name of readdirSync(parent)) {
    if (name !== nameOf(Number.parseInt(name, 10)))
      rmSync(join(parent, name), { recursive: true, force: true });
  }
  const dir = join(parent, nameOf(process.pid) ?? String(process.pid));
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  return { dir, [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }) };
}

/** proc(5), /proc/pid/stat: field 22 is the start; the second, in brackets, may hold anything. */
function nameOf(pid: number): string | undefined {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "latin1")
      .replace(/^.*\) /s, "")
      .split(" ");
    return `${pid}-${fields[19]}`;
  } catch {
    return undefined;
  }
}

import { randomBytes } from "node:crypto";
import { appendFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The same work for both: a context, and what changes before each timed build. */
export interface Scenario {
  readonly name: string;
  prepare(dir: string): void;
  /** Before every run, so that each has something to do; nothing for the no-op. */
  touch?(dir: string, run: number): void;
}

const write = (dir: string, path: string, content: string | Buffer): void =>
  writeFileSync(join(dir, path), content);

function manyFiles(dir: string, count: number, bytes: number): void {
  for (let at = 0; at < count; at += 1) {
    const folder = `src/${at % 40}`;
    mkdirSync(join(dir, folder), { recursive: true });
    write(dir, `${folder}/${at}.txt`, randomBytes(bytes / 2).toString("hex"));
  }
}

export const SCENARIOS: readonly Scenario[] = [
  {
    name: "nothing changed, 2,000 files",
    prepare(dir) {
      manyFiles(dir, 2_000, 4_000);
      write(dir, "Dockerfile", "FROM scratch\nCOPY src /src\n");
    },
  },
  {
    name: "one line changed, 2,000 files",
    prepare(dir) {
      manyFiles(dir, 2_000, 4_000);
      write(dir, "Dockerfile", "FROM scratch\nCOPY src /src\n");
    },
    touch: (dir, run) => appendFileSync(join(dir, "src/0/0.txt"), `run ${run}\n`),
  },
  {
    name: "COPY 3,000 new files",
    prepare(dir) {
      manyFiles(dir, 3_000, 4_000);
      write(dir, "Dockerfile", "FROM scratch\nCOPY src /src\n");
    },
    touch: (dir, run) => manyFiles(dir, 3_000, 4_000 + run * 2),
  },
  {
    name: "COPY 100 MB",
    prepare(dir) {
      write(dir, "Dockerfile", "FROM scratch\nCOPY big.bin /\n");
    },
    touch: (dir) => write(dir, "big.bin", randomBytes(50_000_000).toString("hex")),
  },
];

import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";

/** A new file, or another text in an old one, whole or not at all. Folders are made; the old file's mode stays. */
export function placeFile(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0o644;
  const draft = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  const file = openSync(draft, "wx", mode & 0o777);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
    renameSync(draft, path);
  } finally {
    closeSync(file);
    rmSync(draft, { force: true });
  }
}

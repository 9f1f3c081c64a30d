import { closeSync, mkdirSync, openSync, renameSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** Bytes; the file before it is kept as `.1`, so a service takes twice that. */
const LARGEST = 4 << 20;

/** What a service prints, as it prints it. */
export interface LogFile extends Disposable {
  write(chunk: Uint8Array): void;
}

export function openLogFile(path: string, largest = LARGEST): LogFile {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  let file = openSync(path, "a", 0o600);
  let size = statSync(path).size;
  return {
    write(chunk) {
      if (size + chunk.length > largest && size > 0) {
        closeSync(file);
        renameSync(path, `${path}.1`);
        file = openSync(path, "a", 0o600);
        size = 0;
      }
      writeSync(file, chunk);
      size += chunk.length;
    },
    [Symbol.dispose]: () => closeSync(file),
  };
}

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import type { Machine } from "../src/machine/machine.ts";

export interface TestMachine extends Disposable {
  readonly machine: Machine;
  readonly dir: string;
  readonly said: { stdout: string; stderr: string };
}

/** A machine with an empty folder, a cache of its own and nothing of this process's environment. */
export function testMachine(more: Partial<Machine> = {}): TestMachine {
  const dir = mkdtempSync(join(tmpdir(), "seaworthy-"));
  const said = { stdout: "", stderr: "" };
  const stream = (name: keyof typeof said): NodeJS.WriteStream => {
    const through = new PassThrough();
    through.on("data", (chunk: Buffer) => (said[name] += chunk.toString()));
    return through as unknown as NodeJS.WriteStream;
  };
  const machine: Machine = {
    cwd: dir,
    env: { PATH: process.env["PATH"] },
    home: dir,
    user: "me",
    uid: process.geteuid?.() ?? 0,
    cacheDir: join(dir, "cache"),
    processors: 2,
    stdin: new PassThrough() as unknown as NodeJS.ReadStream,
    stdout: stream("stdout"),
    stderr: stream("stderr"),
    ...more,
  };
  return { machine, dir, said, [Symbol.dispose]: () => rmSync(dir, { recursive: true, force: true }) };
}

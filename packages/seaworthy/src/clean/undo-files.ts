import { mkdir, readFile, readdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { SeaworthyError } from "@seaworthy/oci";
import { type UndoRecord, formatUndo, parseUndo } from "@seaworthy/release";
import { CliError } from "../error.ts";
import { makeOwnFolder } from "../machine/store.ts";

/** How many of the last are read for what an interrupted run left. */
const RECENT = 20;

/** `.seaworthy/clean/`: one file for each run that deleted. */
export class UndoFiles {
  readonly #ownFolder: string;
  readonly #dir: string;

  /** @param ownFolder `.seaworthy` */
  constructor(ownFolder: string) {
    this.#ownFolder = ownFolder;
    this.#dir = join(ownFolder, "clean");
  }

  /** On disk, whole, when it comes back. @returns the path */
  async write(record: UndoRecord): Promise<string> {
    await makeOwnFolder(this.#ownFolder);
    await mkdir(this.#dir, { recursive: true });
    const path = join(this.#dir, `${record.at.replaceAll(":", "-")}-${process.pid}.json`);
    await this.#replace(path, record);
    return path;
  }

  async finish(path: string, record: UndoRecord): Promise<void> {
    await this.#replace(path, { ...record, finished: true });
  }

  /** @throws CliError `usage` where there is no such file; ReleaseError `retention` where it is something else */
  async read(path: string): Promise<UndoRecord> {
    const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== "ENOENT") throw cause;
      throw new CliError("usage", `${path}: not there`, { cause, hint: `they are in ${this.#dir}` });
    });
    return parseUndo(text, path);
  }

  /** The last ones; what is none of ours is passed over. */
  async recent(): Promise<readonly UndoRecord[]> {
    const names = (await readdir(this.#dir).catch(() => [])).filter((name) => name.endsWith(".json"));
    const last = names.toSorted().slice(-RECENT);
    const records = await Promise.all(last.map((name) => this.read(join(this.#dir, name)).catch(passOver)));
    return records.filter((record) => record !== undefined);
  }

  async #replace(path: string, record: UndoRecord): Promise<void> {
    const temporary = `${path}.${process.pid}`;
    await writeFile(temporary, formatUndo(record), { flush: true });
    await rename(temporary, path);
  }
}

function passOver(error: unknown): undefined {
  if (!(error instanceof SeaworthyError)) throw error;
}

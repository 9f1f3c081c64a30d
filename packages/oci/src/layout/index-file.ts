import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Descriptor } from "../descriptor.ts";
import { at, parseJson, toFields } from "../document/json.ts";
import type { Fields, Place } from "../document/json.ts";
import { parseIndexAt } from "../document/parse.ts";
import { OciError } from "../error.ts";
import type { Index } from "../manifest.ts";
import { withLock } from "./lock.ts";
import { syncDirectory, writeTemporary } from "./temporary.ts";

const REF_NAME = "org.opencontainers.image.ref.name";
const MAX_INDEX_BYTES = 64 << 20;

/** One entry of index.json. `raw` keeps what other tools wrote there and we do not know. */
export interface IndexEntry {
  readonly ref: string | undefined;
  readonly target: Descriptor;
  readonly raw: Fields;
}

/**
 * Says the new entries, or undefined to leave all as it is. What is handed to `later` runs when they are in place, before
 * anybody else's change: content that the old ones name must not go before them.
 */
export type Change = (
  entries: readonly IndexEntry[],
  later: (work: () => Promise<void>) => void,
) => Promise<readonly IndexEntry[] | undefined>;

interface Content {
  readonly document: Fields;
  readonly entries: readonly IndexEntry[];
}

export function entryOf(ref: string, { mediaType, digest, size }: Descriptor): IndexEntry {
  const target = { mediaType, digest, size };
  return { ref, target, raw: { ...target, annotations: { [REF_NAME]: ref } } };
}

/** index.json: read without a lock, changed under one and by rename, so that no reader sees half of it. */
export class IndexFile {
  readonly #dir: string;
  // Calls of one process queue here instead of polling for each other's lock file.
  #turn: Promise<unknown> = Promise.resolve();
  #last: { readonly stamp: string; readonly content: Content } | undefined;

  constructor(dir: string) {
    this.#dir = dir;
  }

  async parsed(): Promise<Index> {
    return parseIndexAt(await this.#bytes(), this.#place);
  }

  /** Taken apart once for every state of the file: a history asks a thousand times. */
  async entries(): Promise<readonly IndexEntry[]> {
    const stamp = await this.#stamp();
    if (this.#last?.stamp !== stamp) this.#last = { stamp, content: await this.#read() };
    return this.#last.content.entries;
  }

  /** One change after the other, of all processes. */
  async update(change: Change, signal?: AbortSignal): Promise<void> {
    const run = (): Promise<void> =>
      withLock(join(this.#dir, "index.json.lock"), () => this.#change(change), { signal });
    const turn = this.#turn.then(run, run);
    this.#turn = turn.catch(() => {});
    await turn;
  }

  async #change(change: Change): Promise<void> {
    const { document, entries } = await this.#read();
    const after: (() => Promise<void>)[] = [];
    const changed = await change(entries, (work) => void after.push(work));
    if (changed !== undefined) await this.#write(document, changed);
    for (const work of after) await work();
  }

  async #write(document: Fields, changed: readonly IndexEntry[]): Promise<void> {
    const text = JSON.stringify({ ...document, manifests: changed.map(({ raw }) => raw) });
    const temporary = await writeTemporary(join(this.#dir, "tmp"), [Buffer.from(text)], text.length);
    await temporary.moveTo(join(this.#dir, "index.json"));
    await syncDirectory(this.#dir);
  }

  async #read(): Promise<Content> {
    const bytes = await this.#bytes();
    const { manifests } = parseIndexAt(bytes, this.#place);
    const document = parseJson(bytes, this.#place);
    const raws = document["manifests"] as readonly unknown[];
    const entries = manifests.map((target, index) => ({
      ref: target.annotations?.[REF_NAME],
      target,
      raw: toFields(raws[index], at(this.#place, index)),
    }));
    return { document, entries };
  }

  /** Every change is another file under the same name; foreign tools that write in place change the times. */
  async #stamp(): Promise<string> {
    const path = join(this.#dir, "index.json");
    const { ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true }).catch(notThere(path));
    return [ino, size, mtimeNs, ctimeNs].join(" ");
  }

  async #bytes(): Promise<Buffer> {
    const path = join(this.#dir, "index.json");
    const { size } = await stat(path).catch(notThere(path));
    if (size > MAX_INDEX_BYTES) {
      throw new OciError("too-large", `${path}: ${size} bytes are more than the limit of ${MAX_INDEX_BYTES}`);
    }
    return await readFile(path).catch(notThere(path));
  }

  get #place(): Place {
    return { code: "invalid-layout", what: join(this.#dir, "index.json"), path: "" };
  }
}

function notThere(path: string): (cause: NodeJS.ErrnoException) => never {
  return (cause) => {
    if (cause.code !== "ENOENT") throw cause;
    throw new OciError("invalid-layout", `${path}: expected the index of an OCI layout, found nothing`, {
      cause,
    });
  };
}

import { link, mkdir, readdir, readFile, rm, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseJson } from "../document/json.ts";
import { OciError } from "../error.ts";
import { MediaType } from "../media-type.ts";
import type { Repository } from "../content-store.ts";
import { checkRepository, isTag } from "../reference.ts";
import { Blobs } from "./blobs.ts";
import { IndexFile } from "./index-file.ts";
import type { Layout } from "./layout.ts";
import { forget } from "./forget.ts";
import { LayoutRepository } from "./repository.ts";
import { sweep } from "./sweep.ts";
import { explainDiskFull } from "./disk-full.ts";
import { writeTemporary } from "./temporary.ts";

const VERSION = "1.0.0";
const OURS = new Set([
  "oci-layout",
  "index.json",
  "index.json.lock",
  "index.json.lock.stale",
  "blobs",
  "tmp",
]);
/** Nothing is written for this long; what is older was left by a process that died. Milliseconds. */
const ABANDONED = 24 * 3600 * 1000;

export interface OpenLayoutOptions {
  /** Milliseconds since 1970; only to tell old temporary files. */
  readonly now?: () => number;
}

/**
 * Opens the OCI image layout in `dir`, making it where the directory is missing or empty.
 * @throws OciError `invalid-layout` where the directory holds something else or a broken layout
 */
export async function openLayout(dir: string, { now = Date.now }: OpenLayoutOptions = {}): Promise<Layout> {
  const root = resolve(dir);
  try {
    await mkdir(root, { recursive: true });
    await checkMarker(root);
    await mkdir(join(root, "blobs", "sha256"), { recursive: true });
    await mkdir(join(root, "tmp"), { recursive: true });
    await createOnce(root, "oci-layout", { imageLayoutVersion: VERSION });
    await createOnce(root, "index.json", { schemaVersion: 2, mediaType: MediaType.index, manifests: [] });
    await removeAbandoned(join(root, "tmp"), now() - ABANDONED);
  } catch (error) {
    throw await explainDiskFull(notADirectory(error, root), root);
  }
  const index = new IndexFile(root);
  await index.entries();
  return new DirectoryLayout(root, new Blobs(root), index);
}

class DirectoryLayout implements Layout {
  readonly dir: string;
  readonly #blobs: Blobs;
  readonly #index: IndexFile;

  constructor(dir: string, blobs: Blobs, index: IndexFile) {
    this.dir = dir;
    this.#blobs = blobs;
    this.#index = index;
  }

  has: Layout["has"] = (target, signal) => this.#blobs.has(target, signal);
  open: Layout["open"] = (target, signal) => this.#blobs.open(target, signal);
  put: Layout["put"] = (target, content, signal) => this.#blobs.put(target, content, signal);
  delete: Layout["delete"] = (target, signal) => this.#blobs.delete(target, signal);
  list: Layout["list"] = () => this.#blobs.list();
  sizeOf: Layout["sizeOf"] = (digest) => this.#blobs.claim(digest);
  adopt: Layout["adopt"] = (target, path) => this.#blobs.adopt(target, path);
  ingest: Layout["ingest"] = (source, options) => this.#blobs.ingest(source, options);
  index: Layout["index"] = () => this.#index.parsed();
  forget: Layout["forget"] = (name, tags, signal) => forget(this.#index, name, tags, signal);
  sweep: Layout["sweep"] = (request) => sweep(this.#blobs, this.#index, request);

  repository(name: string): Repository {
    checkRepository(name);
    return new LayoutRepository(name, this.#blobs, this.#index);
  }

  async repositories(): Promise<readonly string[]> {
    const names = (await this.#index.entries()).flatMap(({ ref }) => {
      const colon = ref?.lastIndexOf(":") ?? -1;
      // A name alone, as some tools write it, is a tag without repository.
      return colon > 0 && isTag(ref!.slice(colon + 1)) ? [ref!.slice(0, colon)] : [];
    });
    return [...new Set(names)].sort();
  }
}

async function checkMarker(root: string): Promise<void> {
  const path = join(root, "oci-layout");
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    const foreign = (await readdir(root)).find((name) => !OURS.has(name));
    if (foreign === undefined) return;
    throw new OciError(
      "invalid-layout",
      `${root}: expected an OCI layout or an empty directory, found "${foreign}"`,
      {
        hint: "name another directory",
      },
    );
  }
  const { imageLayoutVersion: version } = parseJson(bytes, { code: "invalid-layout", what: path, path: "" });
  if (version === VERSION) return;
  const found = JSON.stringify(version) ?? "nothing";
  throw new OciError("invalid-layout", `${path}: imageLayoutVersion: expected "${VERSION}", found ${found}`);
}

/** By link, which fails where the name exists: of two processes that start at once, one writes. */
async function createOnce(root: string, name: string, content: object): Promise<void> {
  const path = join(root, name);
  if (await exists(path)) return;
  const temporary = await writeTemporary(join(root, "tmp"), [Buffer.from(JSON.stringify(content))]);
  try {
    await link(temporary.path, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    await temporary.discard();
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

async function removeAbandoned(tmp: string, before: number): Promise<void> {
  for (const name of await readdir(tmp)) {
    const path = join(tmp, name);
    try {
      if ((await stat(path)).mtimeMs < before) await rm(path, { force: true, recursive: true });
    } catch (error) {
      // Another process may have finished with it, or removed it, meanwhile.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
}

function notADirectory(error: unknown, root: string): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  if (code !== "EEXIST" && code !== "ENOTDIR") return error;
  return new OciError("invalid-layout", `${root}: expected a directory, found something else`, {
    cause: error,
  });
}

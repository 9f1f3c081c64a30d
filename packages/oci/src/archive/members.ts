import { posix } from "node:path";
import type { Bytes } from "../content-store.ts";
import { decompress } from "../compress/decompress.ts";
import type { Descriptor } from "../descriptor.ts";
import { isDigest } from "../digest.ts";
import { MAX_MANIFEST_BYTES } from "../document/read.ts";
import { OciError } from "../error.ts";
import type { Layout } from "../layout/layout.ts";
import { throwIfAborted } from "../stream/abortable.ts";
import { collect, limited } from "../stream/limited.ts";
import type { TarItem } from "../tar/entry.ts";
import { readTar } from "../tar/read.ts";
import type { ArchiveLimits } from "./archive.ts";

interface Stopping {
  readonly signal?: AbortSignal;
}

const DOCUMENTS: ReadonlySet<string> = new Set(["oci-layout", "index.json", "manifest.json"]);
const BLOB = /^blobs\/sha256\/(.*)$/;

/** The files of an archive by path. Their content is in the layout: no name of an archive becomes one on disk. */
export class Members {
  readonly #files = new Map<string, Descriptor>();
  readonly #links = new Map<string, string>();
  readonly #layout: Layout;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  async add({ entry, content }: TarItem, options: Stopping): Promise<void> {
    const { path, type, linkname = "" } = entry;
    if (type === "directory") return;
    const isFixed = DOCUMENTS.has(path) || BLOB.test(path);
    if (type !== "file" && isFixed) throw broken(path, `expected a file, found a ${type}`);
    if (this.#files.has(path) || this.#links.has(path)) throw broken(path, "is there twice");
    if (type === "symlink") this.#links.set(path, posix.join(posix.dirname(path), linkname));
    else if (type === "hardlink") this.#links.set(path, linkname);
    else if (type === "file") this.#files.set(path, await this.#take(path, content, options));
  }

  /**
   * A link is another name of a file of the archive (podman and older docker have the same layer under several), one
   * step deep; it is never looked up on disk.
   * @throws OciError `invalid-archive` where there is no such file, `path-escape`
   */
  file(path: string, where: string): Descriptor {
    const wanted = posix.normalize(path);
    const target = this.#links.get(wanted) ?? wanted;
    if (posix.isAbsolute(target) || target === ".." || target.startsWith("../")) {
      throw new OciError(
        "path-escape",
        `archive: ${where}: ${quote(path)} leads to ${quote(target)}, outside it`,
      );
    }
    const found = this.#files.get(target);
    if (found !== undefined) return found;
    throw new OciError("invalid-archive", `archive: ${where}: ${quote(path)} is not in it`, { hint: CUT });
  }

  has(path: string): boolean {
    return this.#files.has(path);
  }

  async read(path: string): Promise<Buffer> {
    const content = await this.#layout.open(this.file(path, path));
    return collect(content, MAX_MANIFEST_BYTES, `archive: ${path}`);
  }

  #take(path: string, content: Bytes, options: Stopping): Promise<Descriptor> {
    if (DOCUMENTS.has(path)) {
      return this.#layout.ingest(limited(content, MAX_MANIFEST_BYTES, `archive: ${path}`), options);
    }
    const hex = BLOB.exec(path)?.[1];
    if (hex === undefined) return this.#layout.ingest(content, options);
    const digest = `sha256:${hex}`;
    if (!isDigest(digest)) throw broken(path, "expected 64 hex digits as its name");
    const onDigest = (found: string): void => {
      if (found === digest) return;
      throw new OciError("digest-mismatch", `archive: ${path}: expected content ${digest}, found ${found}`, {
        hint: CUT,
      });
    };
    return this.#layout.ingest(content, { ...options, onDigest });
  }
}

const CUT = "the archive is damaged or not complete; save it again";

/** @throws OciError `invalid-archive`, `path-escape`, `digest-mismatch`, `too-large` */
export async function readMembers(
  source: Bytes,
  layout: Layout,
  { maxEntries = 100_000, maxBytes }: ArchiveLimits,
  stopping: Stopping,
): Promise<Members> {
  const members = new Members(layout);
  const limits = { maxEntries, ...(maxBytes === undefined ? {} : { maxBytes }) };
  for await (const item of readTar(decompress(source), limits)) {
    throwIfAborted(stopping.signal);
    await members.add(item, stopping);
  }
  return members;
}

function broken(path: string, what: string): OciError {
  return new OciError("invalid-archive", `archive: ${quote(path)}: ${what}`);
}

const quote = (path: string): string => JSON.stringify(path.slice(0, 200));

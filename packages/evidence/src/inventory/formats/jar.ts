import { createHash } from "node:crypto";
import { type Entry, type ZipFile, fromBufferPromise } from "yauzl";
import { EvidenceError } from "../../error.ts";
import type { OnProblem } from "../cataloger.ts";

const ARCHIVE = /\.(?:jar|war|ear)$/i;
const MANIFEST = "META-INF/MANIFEST.MF";
const POM = /^META-INF\/maven\/[^/]+\/[^/]+\/pom\.properties$/;
const MAX_DEPTH = 4;
/** The manifest of a signed archive has a hash of each of its files. */
const MAX_TEXT = 16 << 20;
const MAX_INNER = 256 << 20;
/** Of all that is unpacked of one file, and all that is listed in it and in what is nested. */
const MAX_UNPACKED = 512 << 20;
const MAX_ENTRIES = 500_000;

/** An archive, and the texts by which it says what it is. */
export interface Jar {
  /** Of the file, and for one inside of another `outer.jar!/lib/inner.jar`. */
  readonly path: string;
  /** Of the archive itself, lower-case hex: by it Maven Central finds one. */
  readonly sha1: string;
  readonly manifest?: string;
  readonly poms: readonly string[];
}

export function isJar(path: string): boolean {
  return ARCHIVE.test(path);
}

/** An archive and those in it. What is wrong with one is told, and the others are read. */
export async function readJars(bytes: Buffer, path: string, onProblem: OnProblem): Promise<readonly Jar[]> {
  const reader = new JarReader(path, onProblem);
  await reader.read({ path, bytes, depth: 0 }).catch((error: Error) => onProblem(error.message));
  return reader.found;
}

interface Archive {
  readonly path: string;
  readonly bytes: Buffer;
  readonly depth: number;
}

class JarReader {
  readonly found: Jar[] = [];
  readonly #top: string;
  readonly #onProblem: OnProblem;
  #bytesLeft = MAX_UNPACKED;
  #entriesLeft = MAX_ENTRIES;

  constructor(top: string, onProblem: OnProblem) {
    this.#top = top;
    this.#onProblem = onProblem;
  }

  /** @throws EvidenceError `too-large` once all together is more than anybody would pack */
  async read({ path, bytes, depth }: Archive): Promise<void> {
    const zip = await fromBufferPromise(bytes);
    const texts = { poms: [] as string[], manifest: undefined as string | undefined };
    for await (const entry of zip.eachEntry()) {
      if (--this.#entriesLeft < 0) throw tooLarge("lists more files");
      const { fileName } = entry;
      if (fileName === MANIFEST) texts.manifest ??= await this.#text(zip, entry);
      else if (POM.test(fileName)) texts.poms.push(await this.#text(zip, entry));
      else if (isJar(fileName))
        await this.#inner(zip, entry, { path: `${path}!/${fileName}`, depth: depth + 1 });
    }
    const { poms, manifest } = texts;
    const sha1 = createHash("sha1").update(bytes).digest("hex");
    this.found.push({ path, sha1, poms, ...(manifest !== undefined && { manifest }) });
  }

  /** At once, so that no two of them are in memory that are not in each other. */
  async #inner(zip: ZipFile, entry: Entry, { path, depth }: Omit<Archive, "bytes">): Promise<void> {
    const inner = path.slice(this.#top.length);
    if (depth > MAX_DEPTH) {
      this.#onProblem(`${inner}: is more than ${MAX_DEPTH} archives deep, and not read`);
      return;
    }
    try {
      await this.read({ path, depth, bytes: await this.#content(zip, entry, MAX_INNER) });
    } catch (error) {
      if (error instanceof EvidenceError) throw error;
      this.#onProblem(`${inner}: ${(error as Error).message}`);
    }
  }

  async #text(zip: ZipFile, entry: Entry): Promise<string> {
    return (await this.#content(zip, entry, MAX_TEXT)).toString("utf8");
  }

  /** No more comes out than the archive says: yauzl keeps it to its word. */
  async #content(zip: ZipFile, entry: Entry, limit: number): Promise<Buffer> {
    this.#bytesLeft -= entry.uncompressedSize;
    if (entry.uncompressedSize > limit || this.#bytesLeft < 0)
      throw tooLarge(`holds more bytes in ${JSON.stringify(entry.fileName)}`);
    const chunks: Buffer[] = [];
    for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  }
}

function tooLarge(what: string): EvidenceError {
  return new EvidenceError("too-large", `${what} than are read of an archive; the rest of it is not`);
}

import type { Cataloger, NamedPackage, PackageFollower } from "../cataloger.ts";
import { GO_ALIGNMENT, GO_MARK, type GoModule, readGoBuildInfo } from "../formats/go-build-info.ts";
import { toHashes } from "../formats/hashes.ts";
import { isElf, mayBeProgram } from "../formats/program.ts";
import { Windows } from "../formats/windows.ts";

/** Version of what was built from a working copy. */
const UNRELEASED = "(devel)";
/** Programs that look for the mark hold it as a text too. */
const MAX_MARKS = 16;
const MAX_INFO = 4 << 20;

/** Modules in Go programs, and the standard library, by what the linker wrote into them. */
export function go(): Cataloger {
  return {
    name: "go-build-info",
    wants: () => undefined,
    read: () => [],
    follow: (entry) => (mayBeProgram(entry) ? new Marks() : undefined),
  };
}

/** Keeps what follows each mark as the program comes by. */
class Marks implements PackageFollower {
  readonly #windows = new Windows();
  readonly #found: number[] = [];
  #at = 0;
  /** The last bytes before this chunk, in which a mark may begin. */
  #before = Buffer.alloc(0);

  write(chunk: Uint8Array): boolean {
    if (this.#at === 0 && chunk.length >= 4 && !isElf(chunk)) return false;
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    const seam = Buffer.concat([this.#before, bytes.subarray(0, GO_MARK.length - 1)]);
    this.#search(seam, this.#at - this.#before.length);
    this.#search(bytes, this.#at);
    this.#windows.write(bytes);
    this.#at += bytes.length;
    this.#before = Buffer.concat([this.#before, bytes.subarray(1 - GO_MARK.length)]).subarray(
      1 - GO_MARK.length,
    );
    return true;
  }

  /** What the first mark says that is not a text of a program. */
  end(): readonly NamedPackage[] {
    let fault: unknown;
    for (const start of this.#found) {
      try {
        return packagesOf(this.#windows.from(start));
      } catch (error) {
        fault ??= error;
      }
    }
    if (fault !== undefined) throw fault;
    return [];
  }

  #search(bytes: Buffer, start: number): void {
    for (let at = bytes.indexOf(GO_MARK); at >= 0; at = bytes.indexOf(GO_MARK, at + 1)) {
      if ((start + at) % GO_ALIGNMENT !== 0 || this.#found.length >= MAX_MARKS) continue;
      const begin = start + at + GO_MARK.length;
      this.#found.push(begin);
      this.#windows.keep(begin, begin + MAX_INFO);
    }
  }
}

function packagesOf(info: Buffer): readonly NamedPackage[] {
  const { goVersion, modules } = readGoBuildInfo(info);
  const library = goVersion === undefined ? [] : [toPackage({ path: "stdlib", version: goVersion })];
  return [...library, ...modules.filter(({ version }) => version !== UNRELEASED).map(toPackage)];
}

function toPackage({ path, version, sum }: GoModule): NamedPackage {
  const base64 = sum?.startsWith("h1:") === true ? sum.slice("h1:".length) : "";
  return {
    type: "golang",
    name: path,
    version,
    licenses: [],
    hashes: toHashes("SHA-256", Buffer.from(base64, "base64").toString("hex")),
  };
}

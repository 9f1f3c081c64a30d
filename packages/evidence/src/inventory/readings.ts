import type { TarEntry } from "@seaworthy/oci";
import type { Visible } from "../image/visible.ts";
import type { Follower, LayerFile, LayerVisitor } from "../image/visitor.ts";
import type { OnProblem } from "./cataloger.ts";

/** Files of one kind in one image; more is no image but an attack. */
const MAX_FILES = 200_000;

/** What one file said, in every version that layers have of it, the lowest first. */
export interface Reading<Fact> {
  readonly path: string;
  /** Of the visible version. */
  readonly layer: number;
  readonly fact: Fact;
  /** What lower layers had in its place, the nearest first. */
  readonly below: readonly { readonly layer: number; readonly fact: Fact }[];
}

interface Version<Fact> {
  readonly layer: number;
  readonly fact?: Fact;
  readonly problems: readonly string[];
}

export interface Reader<Fact> {
  wants(entry: TarEntry): number | undefined;
  read(file: LayerFile, onProblem: OnProblem): Fact | Promise<Fact>;
  follow?(entry: TarEntry): FactFollower<Fact> | undefined;
}

interface FactFollower<Fact> {
  write(chunk: Uint8Array): boolean;
  end(onProblem: OnProblem): Fact;
}

/**
 * Reads files as they come by and remembers what they said until it is known which of them a container sees. Whatever
 * is wrong with a file is a line about that file and never the end of the pass.
 */
export class Readings<Fact> implements LayerVisitor {
  readonly #reader: Reader<Fact>;
  readonly #files = new Map<string, Version<Fact>[]>();
  #tooMany = false;

  constructor(reader: Reader<Fact>) {
    this.#reader = reader;
  }

  wants(entry: TarEntry): number | undefined {
    return entry.type === "file" || entry.type === "hardlink" ? this.#reader.wants(entry) : undefined;
  }

  async visit(file: LayerFile): Promise<void> {
    const { entry, layer } = file;
    const version =
      entry.type === "hardlink"
        ? this.#linked(file)
        : await attempt(layer, (onProblem) => this.#reader.read(file, onProblem));
    this.#keep(entry.path, version);
  }

  follow(entry: TarEntry, layer: number): Follower | undefined {
    const follower = entry.type === "file" ? this.#reader.follow?.(entry) : undefined;
    if (follower === undefined) return undefined;
    return {
      write: (chunk) => follower.write(chunk),
      end: async () => this.#keep(entry.path, await attempt(layer, (onProblem) => follower.end(onProblem))),
    };
  }

  /** What visible files said, by path. */
  seen(image: Visible): readonly Reading<Fact>[] {
    return this.#visible(image).flatMap(({ path, versions: [top, ...below] }) => {
      if (top?.fact === undefined) return [];
      const facts = below.flatMap(({ layer, fact }) => (fact === undefined ? [] : [{ layer, fact }]));
      return [{ path, layer: top.layer, fact: top.fact, below: facts }];
    });
  }

  problems(image: Visible): readonly string[] {
    const told = this.#visible(image).flatMap(({ path, versions }) =>
      (versions[0]?.problems ?? []).map((problem) => `/${path}: ${problem}`),
    );
    return this.#tooMany ? [...told, `more than ${MAX_FILES} files to read; the rest was not`] : told;
  }

  #visible(
    image: Visible,
  ): readonly { readonly path: string; readonly versions: readonly Version<Fact>[] }[] {
    return [...this.#files]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([path, versions]) => {
        const at = versions.findLastIndex(({ layer }) => image.isVisible(path, layer));
        return at < 0 ? [] : [{ path, versions: versions.slice(0, at + 1).toReversed() }];
      });
  }

  #keep(path: string, version: Version<Fact>): void {
    const versions = this.#files.get(path) ?? [];
    if (versions.length === 0) {
      this.#tooMany ||= this.#files.size >= MAX_FILES;
      if (this.#tooMany) return;
      this.#files.set(path, versions);
    }
    // An archive may hold a name twice: the last one counts.
    if (versions.at(-1)?.layer === version.layer) versions.pop();
    versions.push(version);
  }

  /** A hard link has no content of its own in an archive. */
  #linked({ entry, layer }: LayerFile): Version<Fact> {
    const target = entry.linkname ?? "";
    const version = this.#files.get(target)?.at(-1);
    return version?.layer === layer
      ? version
      : { layer, problems: [`is a hard link to /${target}, of which nothing was read`] };
  }
}

async function attempt<Fact>(
  layer: number,
  read: (onProblem: OnProblem) => Fact | Promise<Fact>,
): Promise<Version<Fact>> {
  const problems: string[] = [];
  try {
    return { layer, fact: await read((problem) => void problems.push(problem)), problems };
  } catch (error) {
    return { layer, problems: [...problems, (error as Error).message] };
  }
}

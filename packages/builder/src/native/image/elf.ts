import type { Platform, TarItem } from "@seaworthy/oci";

/** Programs and libraries of one machine in a layer. */
interface Found {
  readonly count: number;
  /** A few of those whose path says nothing of a platform. */
  readonly plain: readonly string[];
  /** A few of those that lie in a place named after a platform, as prebuilt add-ons do. */
  readonly named: readonly string[];
}

/** By architecture as in a platform: `amd64`. */
export type Binaries = Readonly<Record<string, Found>>;

const MOST_PATHS = 5;
const HEADER = 20;
const MAGIC = Buffer.from([0x7f, 0x45, 0x4c, 0x46]);
/** `e_machine` of the ELF header for what containers are built for. */
const ARCHITECTURES: ReadonlyMap<number, string> = new Map([
  [3, "386"],
  [21, "ppc64le"],
  [22, "s390x"],
  [40, "arm"],
  [62, "amd64"],
  [183, "arm64"],
  [243, "riscv64"],
  [258, "loong64"],
]);
const KNOWN: ReadonlySet<string> = new Set(ARCHITECTURES.values());
/** Kernels run the older sibling too. */
const ALSO_RUNS: Readonly<Record<string, string>> = { amd64: "386", arm64: "arm" };

const PLATFORM_WORD =
  /(?:^|[^a-z0-9])(?:x86[-_]?64|amd64|x64|ia32|i[3-6]86|x86|386|aarch64|arm64|armv[5-8]\w*|arm|armhf|armel|riscv64|ppc64(?:le|el)?|powerpc64le|s390x|loong(?:arch)?64|mips\w*|prebuil(?:ds?|t))(?:[^a-z0-9]|$)/i;

/** Looks at the first bytes of each file that passes. */
export function binaryScanner(): { look(item: TarItem): TarItem; found(): Binaries } {
  const counts = new Map<string, { count: number; plain: string[]; named: string[] }>();
  const note = (path: string, architecture: string): void => {
    let found = counts.get(architecture);
    if (found === undefined) counts.set(architecture, (found = { count: 0, plain: [], named: [] }));
    found.count += 1;
    const paths = PLATFORM_WORD.test(path) ? found.named : found.plain;
    if (paths.length < MOST_PATHS) paths.push(path);
  };
  return {
    look({ entry, content }) {
      if (entry.type !== "file" || entry.size < HEADER) return { entry, content };
      return { entry, content: watched(content, (architecture) => note(entry.path, architecture)) };
    },
    found: () => Object.fromEntries([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1))),
  };
}

async function* watched(
  content: TarItem["content"],
  note: (architecture: string) => void,
): AsyncGenerator<Uint8Array> {
  let head = Buffer.alloc(0);
  for await (const chunk of content) {
    if (head.length < HEADER) {
      head = Buffer.concat([head, chunk.subarray(0, HEADER - head.length)]);
      const architecture = head.length < HEADER ? undefined : architectureOf(head);
      if (architecture !== undefined) note(architecture);
    }
    yield chunk;
  }
}

/** Executables and shared objects for Linux; object files, and what is for other systems, are data. */
function architectureOf(head: Buffer): string | undefined {
  if (!head.subarray(0, 4).equals(MAGIC)) return undefined;
  const [system, big] = [head[7], head[5] === 2];
  if (system !== 0 && system !== 3) return undefined;
  const [type, machine] = big
    ? [head.readUInt16BE(16), head.readUInt16BE(18)]
    : [head.readUInt16LE(16), head.readUInt16LE(18)];
  return type === 2 || type === 3 ? ARCHITECTURES.get(machine) : undefined;
}

/** What an image of this architecture cannot run. */
export function foreignIn(
  binaries: Binaries,
  { os, architecture }: Platform,
): readonly (Found & { for: string })[] {
  if (os !== "linux" || !KNOWN.has(architecture)) return [];
  return Object.entries(binaries).flatMap(([other, found]) =>
    other === architecture || other === ALSO_RUNS[architecture] ? [] : [{ ...found, for: other }],
  );
}

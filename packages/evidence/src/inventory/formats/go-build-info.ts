import { EvidenceError } from "../../error.ts";

/** What the information begins with; it stands at a multiple of 16. */
export const GO_MARK = Buffer.from("\xff Go buildinf:", "latin1");
export const GO_ALIGNMENT = 16;
/** After the mark: size of a pointer, flags, and from here on the texts. */
const TEXTS = 32 - GO_MARK.length;
/** The texts follow in place, since Go 1.18; before, there were pointers to them. */
const INLINE = 2;
/** Marks around the list of modules, which no tool reads. */
const SENTINEL = 16;

export interface GoModule {
  readonly path: string;
  readonly version: string;
  /** `h1:…`: SHA-256 over the names and hashes of the module's files (golang.org/x/mod/sumdb/dirhash). */
  readonly sum?: string;
}

export interface GoBuildInfo {
  /** `1.24.1`; undefined for a compiler that is no release. */
  readonly goVersion?: string;
  readonly modules: readonly GoModule[];
}

/**
 * What Go's linker writes into every program (package debug/buildinfo).
 * @param bytes what follows the mark
 * @throws EvidenceError `unreadable`
 */
export function readGoBuildInfo(bytes: Buffer): GoBuildInfo {
  if (((bytes[1] ?? 0) & INLINE) === 0)
    throw unreadable("it is of Go before 1.18, whose modules are not read");
  const { text: version, end } = textAt(bytes, TEXTS);
  const { text: modules } = textAt(bytes, end);
  const goVersion = /^go(\d+(?:\.\d+)+(?:rc\d+|beta\d+)?)/.exec(version.toString("utf8"))?.[1];
  return {
    modules: modulesOf(modules.subarray(SENTINEL, -SENTINEL).toString("utf8")),
    ...(goVersion !== undefined && { goVersion }),
  };
}

function textAt(bytes: Buffer, at: number): { readonly text: Buffer; readonly end: number } {
  let length = 0;
  let start = at;
  // Base-128, the lowest digits first; four of them are more than any list of modules needs.
  for (let shift = 0; shift < 28; shift += 7) {
    const digit = bytes[start++];
    if (digit === undefined) break;
    length |= (digit & 0x7f) << shift;
    if ((digit & 0x80) !== 0) continue;
    if (start + length > bytes.length) break;
    return { text: bytes.subarray(start, start + length), end: start + length };
  }
  throw unreadable("a text in it is cut off");
}

/** Lines of `dep`, path, version and sum with tabs between; `=>` names what a module was replaced by. */
function modulesOf(text: string): readonly GoModule[] {
  const found: GoModule[] = [];
  for (const line of text.split("\n")) {
    const [kind, path, version, sum] = line.split("\t");
    if (path === undefined || version === undefined || version === "") continue;
    const module = { path, version, ...(sum !== undefined && sum !== "" && { sum }) };
    if (kind === "=>") found.pop();
    if (kind === "mod" || kind === "dep" || kind === "=>") found.push(module);
  }
  return found;
}

function unreadable(what: string): EvidenceError {
  return new EvidenceError("unreadable", `expected Go build information, found that ${what}`);
}

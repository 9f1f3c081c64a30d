import { Expander } from "./expander.ts";
import { DockerfileError } from "./error.ts";
import type { Heredoc } from "./instruction.ts";
import type { TextLine } from "./text.ts";

/** The `<<NAME` of a heredoc whose body is still to be read. */
export type HeredocMark = Omit<Heredoc, "content">;

const MARK = /^\d*<<(-?)([^<]*)$/;
const NO_VARIABLES: ReadonlyMap<string, string> = new Map();

/**
 * The heredocs a line announces. A line the word rules cannot read (an unclosed quote, a substitution
 * only a shell knows) announces none, as in BuildKit. The escape directive does not count here.
 */
export function scanHeredocs(line: string): readonly HeredocMark[] {
  return wordsOf(line, { rawQuotes: true, rawEscapes: true })
    .map(parseHeredocMark)
    .filter((mark) => mark !== undefined);
}

/** `<<EOF`, `<<-EOF`, `<<"EOF"`, `3<<EOF`; undefined for every other word. */
export function parseHeredocMark(word: string): HeredocMark | undefined {
  const match = MARK.exec(word);
  if (match === null || match[2] === "") return undefined;
  const [, dash, delimiter] = match;
  const names = wordsOf(delimiter!, {});
  if (names.length !== 1) return undefined;
  // The name lost quotes on the way: then its body is literal.
  const raw = wordsOf(delimiter!, { rawQuotes: true });
  return {
    name: names[0]!,
    expand: countQuotes(raw.join("")) === countQuotes(names[0]!),
    chomp: dash === "-",
  };
}

/** Its body, and the index of the line after the one that ends it; undefined where none does. */
export function readHeredocBody(
  lines: readonly TextLine[],
  first: number,
  { name, chomp }: HeredocMark,
): { content: string; next: number } | undefined {
  for (let at = first; at < lines.length; at++) {
    const { text } = lines[at]!;
    if ((chomp ? removeTabs(text) : text) !== name) continue;
    const body = lines.slice(first, at).map(({ raw }) => raw);
    return { content: body.join(""), next: at + 1 };
  }
  return undefined;
}

/** Removes the leading tabs of every line, for `<<-`. */
export function removeTabs(content: string): string {
  return content.replace(/^\t+/gm, "");
}

function wordsOf(text: string, raw: { rawQuotes?: boolean; rawEscapes?: boolean }): readonly string[] {
  try {
    return new Expander(text, NO_VARIABLES, { escape: "\\", keepUnset: true, ...raw }).words();
  } catch (error) {
    if (error instanceof DockerfileError) return [];
    throw error;
  }
}

function countQuotes(word: string): number {
  return word.replace(/[^'"]/g, "").length;
}

/** White space as BuildKit's Go code sees it: U+0085 counts, U+FEFF does not (unlike `\s`). */
const SPACE = "[\\t-\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const ONE = new RegExp(SPACE);
const LEADING = new RegExp(`^${SPACE}+`);

export function isSpace(char: string): boolean {
  return ONE.test(char);
}

export function trimStart(text: string): string {
  return text.replace(LEADING, "");
}

/** A loop, because `\s+$` backtracks over every run of spaces in a long line. */
export function trim(text: string): string {
  let end = text.length;
  while (end > 0 && isSpace(text[end - 1]!)) end--;
  return trimStart(text.slice(0, end));
}

/** The separators between words of FROM, COPY, EXPOSE and their like: no Unicode spaces. */
export function splitBlanks(text: string): readonly string[] {
  return text === "" ? [] : text.split(/[\t\v\f\r ]+/);
}

/** Colours and cursor movements, window titles and links (ECMA-48: CSI and OSC), then whatever ESC is left. */
const ESCAPES = new RegExp(
  ["\\[[\\d;:?<=>]*[ -/]*[@-~]", "\\][^\\u0007\\u001b]*(?:\\u0007|\\u001b\\\\)", "[@-Z\\\\^_]"]
    .map((body) => `\\u001b${body}`)
    .join("|"),
  "g",
);
/** Turns the direction of what follows, so that a line reads as something else. */
const DIRECTION = /[\u202A-\u202E\u2066-\u2069]/g;

/** What others wrote, without what would move the terminal of whoever watches. Line ends and tabs stay. */
export function printable(text: string): string {
  return text
    .replaceAll(ESCAPES, "")
    .replaceAll(DIRECTION, "")
    .replaceAll(/[^\P{Cc}\t\n]/gu, "");
}

/** The same on one line. */
export function oneLine(text: string): string {
  return printable(text)
    .replaceAll(/\s*\n\s*/g, " ⏎ ")
    .replaceAll("\t", "  ")
    .trim();
}

const WIDE =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\uFF01-\uFF60]/u;
const INVISIBLE = /\p{Mark}|\p{Cf}/u;

/** Columns of a terminal that a character takes: two for CJK and emoji, none for marks on another. */
function columnsOf(character: string): number {
  return WIDE.test(character) ? 2 : INVISIBLE.test(character) ? 0 : 1;
}

export function widthOf(text: string): number {
  return Array.from(text).reduce((sum, character) => sum + columnsOf(character), 0);
}

/** At most so many columns; what is cut off shows as `…`. */
export function cut(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let used = 0;
  const kept: string[] = [];
  for (const character of text) {
    used += columnsOf(character);
    if (used > columns - 1) break;
    kept.push(character);
  }
  return columns < 1 ? "" : `${kept.join("")}…`;
}

/** One line of so many columns at most, of text that may have any length: what a registry holds, others wrote. */
export function brief(text: string, columns: number): string {
  // Cut off before it is looked through. Some characters take no column, as those that colour what follows.
  return cut(oneLine(text.slice(0, 8 * columns)), columns);
}

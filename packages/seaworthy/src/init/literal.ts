/** What JSON leaves as it is but TypeScript or YAML may end a line at. */
const LINE_ENDS = /[\u007F-\u009F\u2028\u2029]/g;

/**
 * A string as both TypeScript and YAML read it, on one line whatever it holds, so that it stays in the comment or the
 * value it was put into.
 */
export function literal(text: string): string {
  return JSON.stringify(text).replaceAll(
    LINE_ENDS,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

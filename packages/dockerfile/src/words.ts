import type { Escape } from "./dockerfile.ts";
import { isSpace } from "./space.ts";

/**
 * Words of ENV, LABEL and ARG: separated by white space outside quotes. Quotes and escapes stay, for
 * the expansion to remove. An unclosed quote runs to the end of the text.
 */
export function splitWords(text: string, escape: Escape): readonly string[] {
  const words: string[] = [];
  let word = "";
  let quoted: string | undefined;
  let inWord = false;
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (quoted === undefined && isSpace(char)) {
      if (inWord) words.push(word);
      [word, inWord] = ["", false];
      continue;
    }
    // Nothing can be escaped between single quotes; a lone escape at the very end is dropped.
    if (char === escape && quoted !== "'") {
      if (at + 1 === text.length) break;
      word += char + text[++at]!;
    } else {
      if (quoted === undefined && (char === "'" || char === '"')) quoted = char;
      else if (char === quoted) quoted = undefined;
      word += char;
    }
    inWord = true;
  }
  if (inWord) words.push(word);
  return words;
}

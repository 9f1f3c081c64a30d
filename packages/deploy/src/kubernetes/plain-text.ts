import { stripVTControlCharacters } from "node:util";

/** One line of what pods and clusters say: nothing in it moves the terminal of whoever reads it. */
export function plainText(text: string): string {
  return stripVTControlCharacters(text).replaceAll(/[^\P{Cc}\t]+/gu, " ");
}

import { stripVTControlCharacters } from "node:util";

/** Without what would move the terminal of whoever reads it; line ends and tabs stay. */
export function clean(text: string): string {
  return stripVTControlCharacters(text).replace(/[^\P{Cc}\n\t]/gu, "");
}

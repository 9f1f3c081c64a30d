import type { Plugin } from "rolldown";

/**
 * Writes every character beyond ASCII as an escape. One of them makes a whole file two bytes a character for V8, which
 * is slower to read and to start from, and what holds a release must start soon.
 */
export function asciiOnly(): Plugin {
  return {
    name: "ascii-only",
    generateBundle(_, bundle) {
      for (const file of Object.values(bundle)) {
        if (file.type !== "chunk") continue;
        if (/String\.raw`[^`]*[^\0-\x7f]/.test(file.code)) {
          this.error(
            `${file.fileName}: String.raw with a character beyond ASCII, which an escape would change`,
          );
        }
        file.code = file.code.replace(/[^\0-\x7f]/g, escaped);
      }
    },
  };
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Lines with so many blanks before them; empty ones stay empty. */
export function indented(blanks: number, lines: readonly string[]): string {
  return lines.map((line) => (line === "" ? "" : `${" ".repeat(blanks)}${line}`)).join("\n");
}

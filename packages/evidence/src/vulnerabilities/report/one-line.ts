/** Foreign text that can neither break a line nor move a terminal. */
export function oneLine(text: string, longest = 200): string {
  const line = text.replaceAll(/[\p{C}\p{Zl}\p{Zp}\s]+/gu, " ").trim();
  return line.length > longest ? `${line.slice(0, longest - 1)}…` : line;
}

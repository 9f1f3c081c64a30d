/** Text from anybody as one line for a table or a document: no control characters, no halves of characters, no end. */
export function oneLine(text: string, max: number): string {
  const line = text.slice(0, max).replaceAll(/[\s\p{Cc}\p{Cs}]+/gu, " ");
  return line.trim();
}

/** Whether a word is what it will be after expansion, and can be checked at once. */
export function isLiteral(word: string): boolean {
  return !/[$'"`\\]/.test(word);
}

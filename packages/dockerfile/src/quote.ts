const MAX_QUOTED = 80;

/** A word of the user's in a message: in quotes, control characters escaped, cut where long. */
export function quote(word: string): string {
  return JSON.stringify(word.length > MAX_QUOTED ? `${word.slice(0, MAX_QUOTED)}…` : word);
}

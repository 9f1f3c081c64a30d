/** Takes a stream's text in pieces and gives it back with secrets struck out. */
export interface Redactor {
  add(text: string): string;
  /** What was held back because it could have become a secret. */
  end(): string;
}

export const REDACTED = "***";
/** Shorter ones would strike out ordinary words, and hide nothing. */
const SHORTEST = 4;

/** Strikes out each secret, and each line of one that has several: output is often shown line by line. */
export function redactorOf(secrets: readonly string[]): Redactor {
  const words = [...new Set(secrets.flatMap((secret) => [secret.trim(), ...secret.split(/\r?\n/)]))]
    .filter((word) => word.length >= SHORTEST)
    .toSorted((a, b) => b.length - a.length);
  let held = "";
  const strike = (text: string): string => {
    let out = text;
    for (const word of words) out = out.replaceAll(word, REDACTED);
    return out;
  };
  return {
    add(text) {
      if (words.length === 0) return text;
      const all = strike(held + text);
      const keep = openEnd(all, words);
      held = all.slice(all.length - keep);
      return all.slice(0, all.length - keep);
    },
    end() {
      const rest = held;
      held = "";
      return rest;
    },
  };
}

/** Length of the longest end of the text that some word begins with. */
function openEnd(text: string, words: readonly string[]): number {
  const longest = Math.min(text.length, (words[0]?.length ?? 1) - 1);
  for (let length = longest; length > 0; length--) {
    const end = text.slice(text.length - length);
    if (words.some((word) => word.length > length && word.startsWith(end))) return length;
  }
  return 0;
}

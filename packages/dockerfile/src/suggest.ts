/** Edits a word may be away from the one it was meant to be. */
const MAX_DISTANCE = 2;

/** The nearest of the options, or undefined where none is near or one is the word itself. */
export function nearest(word: string, options: Iterable<string>): string | undefined {
  const wanted = word.toLowerCase();
  let best: string | undefined;
  // One edit in three letters: two would turn "hello" into SHELL.
  let least = Math.min(MAX_DISTANCE, Math.max(1, Math.floor(wanted.length / 3))) + 1;
  for (const option of options) {
    const distance = editDistance(wanted, option.toLowerCase());
    if (distance < least) [best, least] = [option, distance];
  }
  return best === word ? undefined : best;
}

/** `; did you mean X?`, or nothing. */
export function didYouMean(word: string, options: Iterable<string>): string {
  const option = nearest(word, options);
  return option === undefined ? "" : `; did you mean ${option}?`;
}

/** Levenshtein's distance with neighbours swapped counting as one edit (`CPOY`). */
function editDistance(a: string, b: string): number {
  // Words further apart in length than the limit need no table, whatever their size.
  if (Math.abs(a.length - b.length) > MAX_DISTANCE) return MAX_DISTANCE + 1;
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(previous[j]! + 1, current[j - 1]! + 1, previous[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, before[j - 2]! + 1);
      }
      current.push(cost);
    }
    [before, previous] = [previous, current];
  }
  return previous[b.length]!;
}

import type { Directives } from "../dockerfile.ts";
import { DockerfileError } from "../error.ts";
import { Expander } from "../expander.ts";
import type { ExpanderOptions } from "../expander.ts";
import type { Instruction } from "../instruction.ts";
import { mapWords } from "../map-words.ts";

interface Reference {
  readonly name: string;
  /** Written so that being unset is provided for: `${name:-word}`. */
  readonly guarded: boolean;
}

/** The variables of the words that the builder expands. */
export function referencesOf(instruction: Instruction, { escape }: Directives): readonly Reference[] {
  const found: Reference[] = [];
  const read = (text: string, options: ExpanderOptions): string => {
    found.push(...scan(text, options));
    return text;
  };
  quietly(() =>
    mapWords(instruction, {
      word: (text) => read(text, { escape }),
      words: (text) => [read(text, { escape })],
      body: (text) => read(text, { escape: "\\", ignoreQuotes: true }),
    }),
  );
  return found;
}

export function wordReferences(word: string, { escape }: Directives): readonly Reference[] {
  return scan(word, { escape });
}

function scan(text: string, options: ExpanderOptions): readonly Reference[] {
  const found: Reference[] = [];
  const onName = (name: string, guarded: boolean): unknown => found.push({ name, guarded });
  quietly(() => new Expander(text, new Map(), { ...options, keepUnset: true, onName }).text());
  return found;
}

/** A word that cannot be read, or a mount that needs real values, is the builder's to report. */
function quietly(evaluate: () => unknown): void {
  try {
    evaluate();
  } catch (error) {
    if (!(error instanceof DockerfileError)) throw error;
  }
}

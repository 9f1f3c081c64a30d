import type { Escape } from "./dockerfile.ts";
import { Expander } from "./expander.ts";

interface WordOptions {
  readonly escape: Escape;
}

/**
 * One word with its quotes and escapes removed and its variables replaced; unset ones are empty. Spaces
 * in it stay. Throws a `DockerfileError` without a place: `at` adds it.
 */
export function expandWord(word: string, env: ReadonlyMap<string, string>, { escape }: WordOptions): string {
  return new Expander(word, env, { escape }).text();
}

/** The words after expansion: what a variable holds is split at its white space too. For EXPOSE. */
export function expandWords(
  word: string,
  env: ReadonlyMap<string, string>,
  { escape }: WordOptions,
): readonly string[] {
  return new Expander(word, env, { escape }).words();
}

/** Every name a word looks up, those inside `${…}` modifiers included. */
export function referencedVariables(word: string, { escape }: WordOptions): ReadonlySet<string> {
  const names = new Set<string>();
  new Expander(word, new Map(), { escape, keepUnset: true, onName: (name) => names.add(name) }).text();
  return names;
}

import type { SecretLintCoreResult } from "@secretlint/types";
import type { Match } from "../rule.ts";

const PREFIX = "@secretlint/secretlint-rule-";
const PRESET = `${PREFIX}preset-recommend`;
/** A comment in a file that anybody may write silences nothing here: what is allowed has a reason, see allow.ts. */
const RULES = [{ id: `${PREFIX}filter-comments`, disabled: true }];

/** In no token, and no text has it: those with a NUL are binary. */
const BETWEEN = "\n\0\n";
/** Characters; what is longer goes alone. More at once is slower again. */
const TOGETHER = 16 << 10;

interface Asked {
  readonly text: string;
  readonly answer: (matches: readonly Match[] | Promise<readonly Match[]>) => void;
}

/**
 * What secretlint's recommended rules find. To ask it costs more than most texts do, so those that are asked about
 * before anything else happens go together.
 */
export class PresetMatches {
  #waiting: Asked[] = [];
  #length = 0;

  of(text: string): Promise<readonly Match[]> {
    if (text.length > TOGETHER) return presetMatches(text);
    const { promise, resolve } = Promise.withResolvers<readonly Match[]>();
    if (this.#length + text.length > TOGETHER) this.#ask();
    if (this.#waiting.push({ text, answer: resolve }) === 1) setImmediate(() => this.#ask());
    this.#length += text.length + BETWEEN.length;
    return promise;
  }

  #ask(): void {
    const asked = this.#waiting;
    [this.#waiting, this.#length] = [[], 0];
    if (asked.length === 0) return;
    const answers = together(asked.map(({ text }) => text));
    for (const [at, { answer }] of asked.entries()) answer(answers.then((all) => all[at] ?? []));
  }
}

/** Where a match spans two texts it may hide another, so each is asked about alone. */
async function together(texts: readonly string[]): Promise<readonly (readonly Match[])[]> {
  if (texts.length === 1) return [await presetMatches(texts[0]!)];
  const matches = await presetMatches(texts.join(BETWEEN));
  if (matches.some(({ secret }) => secret.includes("\0"))) return Promise.all(texts.map(presetMatches));
  let begin = 0;
  return texts.map((text) => {
    const [from, to] = [begin, begin + text.length];
    begin = to + BETWEEN.length;
    return matches
      .filter(({ start }) => start >= from && start < to)
      .map((match) => ({ ...match, start: match.start - from }));
  });
}

/** Of one text alone. */
export async function presetMatches(text: string): Promise<readonly Match[]> {
  // Loaded on first use: a release that finds everything done asks for no secrets.
  const { lintSource } = await import("@secretlint/core");
  const { creator } = await import("@secretlint/secretlint-rule-preset-recommend");
  const { messages }: SecretLintCoreResult = await lintSource({
    // No path: rules that pass over files by name would be tricked by a name.
    source: { filePath: "text", content: text, contentType: "text", ext: "" },
    options: {
      noPhysicFilePath: true,
      config: { rules: [{ id: PRESET, rule: creator, options: {}, rules: RULES }] },
    },
  });
  return messages.map(({ ruleId, range: [start, end] }) => ({
    rule: ruleId.replace(PREFIX, ""),
    secret: text.slice(start, end),
    start,
  }));
}

import type { GitleaksRule } from "./rules.ts";
import { sampleOf } from "./sample-regex.ts";

/** Enough to meet most branches of a rule. */
const SAMPLES = 4;

/** Files by path, in a folder named after the rule that each is for: what it is to find, under a name that it looks at. */
export function plantFor({ id, regex, path, keywords }: GitleaksRule): Readonly<Record<string, string>> {
  const files = Array.from({ length: SAMPLES }, (_, seed) => {
    const name = path === undefined ? "app.env" : named(sampleOf(path, seed));
    const secret = regex === undefined ? "" : sampleOf(regex, seed + 1);
    const [keyword = ""] = keywords;
    // Its keyword may be no part of what it matches: then it is elsewhere in the file.
    const told = keywords.some((word) => secret.toLowerCase().includes(word)) ? "" : `# ${keyword}\n`;
    return [`${id}/${seed}/${name}`, `${told}first = 1\n${secret}\n`] as const;
  });
  return Object.fromEntries(files);
}

/** Of a pattern for the end of a path. */
function named(end: string): string {
  return end.startsWith(".") ? `app${end}` : end.replace(/^\//, "");
}

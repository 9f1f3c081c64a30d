import type { Outputs } from "../outputs.ts";

/**
 * In the form that `GITHUB_OUTPUT` takes for values of several lines. Nobody who has a word in a value can know the
 * delimiter, so nobody can end it and begin an output of their own.
 */
export function outputText(outputs: Outputs, delimiter: string): string {
  return Object.entries(outputs)
    .map(([name, value]) => `${name}<<${delimiter}\n${value}\n${delimiter}\n`)
    .join("");
}

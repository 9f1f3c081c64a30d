import { DockerfileError } from "./error.ts";
import { trimStart } from "./space.ts";

/**
 * The arguments where they are a JSON array, else undefined: text that only looks like one (single
 * quotes, a trailing comma, words after it) is shell form, as everywhere in Docker. An array that
 * holds anything but strings is an error.
 */
export function parseJsonForm(rest: string): readonly string[] | undefined {
  const text = trimStart(rest);
  if (!text.startsWith("[")) return undefined;
  const values = parseArray(text);
  if (values === undefined) return undefined;
  if (values.every((value) => typeof value === "string")) return values;
  throw new DockerfileError("syntax", "a JSON argument list may only hold strings", {
    hint: 'put every argument in double quotes: ["node", "--port", "80"]',
  });
}

function parseArray(text: string): readonly unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

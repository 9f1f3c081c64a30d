import { DockerfileError } from "./error.ts";
import { quote } from "./quote.ts";

const NANOSECONDS: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3, // U+00B5
  μs: 1e3, // U+03BC
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3600e9,
};

const DURATION = /^[-+]?(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/;
const PART = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;

/**
 * A duration in Go's notation (`1m30s`, `1.5h`, `100ms`, `0`) in nanoseconds. Throws for anything else
 * and for more than a JavaScript number counts exactly (about 104 days).
 */
export function parseDuration(text: string): number {
  if (/^[-+]?0$/.test(text)) return 0;
  // A text longer than this is no duration, and the pattern need not look at it.
  if (text.length > 64 || !DURATION.test(text)) {
    throw new DockerfileError("invalid-value", `expected a duration, found ${quote(text)}`, {
      hint: 'write it with units, as "30s", "1m30s" or "500ms"',
    });
  }
  let total = 0;
  for (const [, amount, unit] of text.matchAll(PART)) total += Number(amount) * NANOSECONDS[unit!]!;
  if (total > Number.MAX_SAFE_INTEGER) {
    throw new DockerfileError("invalid-value", `duration ${quote(text)}: expected at most 2501h`);
  }
  return Math.trunc(text.startsWith("-") ? -total : total);
}

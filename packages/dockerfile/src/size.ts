import { DockerfileError } from "./error.ts";
import { quote } from "./quote.ts";

/** `64m`, `1.5 GiB`, `1024`: units count in 1024s. The number of bytes, rounded down. */
export function parseSize(text: string): number {
  const match = /^(\d{1,15}(?:\.\d{1,15})?) ?(?:([kmgtp])(?:i?b)?|b)?$/i.exec(text);
  const power = " kmgtp".indexOf(match?.[2]?.toLowerCase() ?? " ");
  const bytes = Math.trunc(Number(match?.[1]) * 1024 ** power);
  if (match !== null && Number.isSafeInteger(bytes)) return bytes;
  throw new DockerfileError("invalid-value", `expected a size, found ${quote(text)}`, {
    hint: 'write it as "64m" or "1g"',
  });
}

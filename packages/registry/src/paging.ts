import { ApiError } from "./api-error.ts";
import type { RegistryContext } from "./context.ts";

const MOST = 10_000;

export interface Page {
  readonly items: readonly string[];
  /** With a `Link` to the rest where there is one (RFC 8288). */
  readonly headers: Readonly<Record<string, string>>;
}

/** `n` and `last` of the query, over a sorted list. */
export function pageOf(c: RegistryContext, all: readonly string[]): Page {
  const count = countOf(c.req.query("n"));
  const last = c.req.query("last");
  const rest = last === undefined ? all : all.filter((item) => item > last);
  const items = rest.slice(0, count);
  if (items.length === rest.length || items.length === 0) return { items, headers: {} };
  const query = new URLSearchParams({ n: String(count), last: items.at(-1)! });
  return { items, headers: { link: `<${c.req.path}?${query.toString()}>; rel="next"` } };
}

function countOf(text: string | undefined): number {
  if (text === undefined) return MOST;
  if (!/^\d{1,9}$/.test(text)) throw new ApiError(400, "UNSUPPORTED", "n: expected a number");
  return Math.min(Number(text), MOST);
}

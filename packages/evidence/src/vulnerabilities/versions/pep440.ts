import { compare, valid } from "@renovatebot/pep440";
import type { VersionOrder } from "./order.ts";

/** PyPI, by PEP 440. What was a version before it, and is none by it, is not taken. */
export const pep440Order: VersionOrder<string> = {
  parse: (text) => valid(text.trim()) ?? undefined,
  compare,
};

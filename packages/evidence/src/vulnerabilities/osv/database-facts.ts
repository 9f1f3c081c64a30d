import { createHash } from "node:crypto";
import type { DatabaseFacts } from "../scanner.ts";
import type { OpenAdvisories } from "./source.ts";

/** Changes when the same data would give other findings: what was found before is then found again. */
export const MATCHER = "1";

/** What a scan knew. Its version is one of content: where the data was loaded from, and when, is not in it. */
export function databaseFacts(source: string, opened: readonly OpenAdvisories[]): DatabaseFacts {
  const ecosystems = opened.map(({ index: { facts }, current }) => ({
    name: facts.ecosystem,
    advisories: facts.advisories,
    updated: current,
  }));
  const parts = [MATCHER, ...opened.map(({ index }) => index.facts.version)];
  const [oldest] = ecosystems.map(({ updated }) => updated).toSorted((a, b) => Date.parse(a) - Date.parse(b));
  return {
    source,
    version: opened.length === 0 ? "" : createHash("sha256").update(parts.join("\n")).digest("hex"),
    ...(oldest === undefined ? {} : { updated: oldest }),
    ecosystems,
  };
}

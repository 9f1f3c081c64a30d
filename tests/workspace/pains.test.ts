import { globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** What users of today's tools suffer from, and the faults of the plan's own YAML, that are impossible here. */
const PAINS = [1, 2, 3, 4, 5, 6, 8, 10, 11, 12, 13, 14, 16, 21, 22, 23, 24, 25, 26, 32, 33, 35];
const FAULTS = [
  "1",
  "2",
  "3",
  "4",
  "5",
  "6",
  "7",
  "7b",
  "10",
  "11",
  "12",
  "13",
  "14",
  "15",
  "16",
  "22",
  "23",
  "24",
  "25",
  "26",
  "27",
  "30",
  "31",
];

/** Titles of tests and of their tables, one a line. */
const titles = globSync(
  ["packages/*/src/**/*.{test,contract}.ts", "tests/{stories,workspace}/**/*.test.ts"],
  { cwd: ROOT },
)
  .filter((file) => !file.endsWith("workspace/pains.test.ts"))
  .flatMap((file) => readFileSync(`${ROOT}/${file}`, "utf8").split("\n"))
  .filter((line) => /["'`]/.test(line));

it.each(PAINS)("P%i has a test that names it", (pain) => {
  expect(titles.some((title) => new RegExp(`\\bP${pain}\\b`).test(title))).toBe(true);
});

it.each(FAULTS)("fault %s has a test that names it", (fault) => {
  const named = new RegExp(`\\bfaults? (?:[0-9b]+(?:, | and ))*${fault}\\b`);
  expect(titles.some((title) => named.test(title))).toBe(true);
});

import { readdirSync } from "node:fs";
import { expect, it } from "vitest";

const ROOT = new URL("../../packages/", import.meta.url);

/** What each package offers is reviewed: a new name shows up in the diff of the snapshot. */
it.each(readdirSync(ROOT))("the names that packages/%s exports", async (name) => {
  const module = (await import(new URL(`${name}/src/index.ts`, ROOT).href)) as object;
  expect(Object.keys(module).toSorted()).toMatchSnapshot();
});

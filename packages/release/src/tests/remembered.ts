import { readFileSync } from "node:fs";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { digestOf, hexOf } from "@seaworthy/oci";
import { isCount, isListOf, isObject, isOneOf, isText } from "../shape.ts";
import type { Source } from "../source.ts";
import type { TestPlan, TestResult } from "./test.ts";

const EDITION = 1;

/**
 * Names one set of commands on one commit. Undefined where the files differ from every commit, or where a command asks
 * for something outside of it: then what passed before says nothing.
 */
export function testKey(plan: TestPlan, { revision, dirty }: Source): string | undefined {
  if (dirty || revision === undefined || plan.some((group) => group.some(({ always }) => always))) {
    return undefined;
  }
  const commands = plan.map((group) => group.map(({ name, run, env, timeout }) => [name, run, env, timeout]));
  return hexOf(digestOf(JSON.stringify([EDITION, revision, commands])));
}

/** What passed before under this key. A file that is broken or is not there is no result. */
export function recallPassed(folder: string, key: string): readonly TestResult[] | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(join(folder, `${key}.json`), "utf8"));
    return areResults(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Appears whole or not at all. */
export async function rememberPassed(
  folder: string,
  key: string,
  results: readonly TestResult[],
): Promise<void> {
  const file = join(folder, `${key}.json`);
  await mkdir(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.tmp`;
  await writeFile(draft, JSON.stringify(results));
  await rename(draft, file);
}

const passed = isListOf(
  isObject({ name: isText, run: isListOf(isText), status: isOneOf("passed"), ms: isCount }),
);

function areResults(value: unknown): value is readonly TestResult[] {
  return passed(value);
}

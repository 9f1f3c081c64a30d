import { expect } from "vitest";
import type { ApplyOptions } from "../src/target.ts";
import { UnhealthyError } from "../src/unhealthy.ts";

const { signal } = new AbortController();

/** Those of a deployment that nobody watches or ends, and what the test says besides. */
export function options(more: Partial<ApplyOptions> = {}): ApplyOptions {
  return { who: "ada", as: "deploy", progress: () => undefined, signal, ...more };
}

/** Why something did not become healthy; fails where it did, or where something else is wrong. */
export async function failure(work: Promise<unknown>): Promise<UnhealthyError> {
  const error: unknown = await work.catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(UnhealthyError);
  return error as UnhealthyError;
}

import { DockerfileError } from "./error.ts";
import type { Range } from "./range.ts";

/** What `read` returns; an error without a place gets this one. */
export function blame<T>(range: Range, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof DockerfileError ? error.within(range) : error;
  }
}

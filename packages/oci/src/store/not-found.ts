import type { Descriptor } from "../descriptor.ts";
import { OciError } from "../error.ts";

export function notFound({ mediaType, digest }: Descriptor, where: string): OciError {
  return new OciError("not-found", `${where}: ${mediaType} ${digest} is not there`);
}

/** Undefined where it has gone since somebody found it, as another process may delete at any time. */
export async function unlessGone<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

export function isNotFound(error: unknown): boolean {
  return error instanceof OciError && error.code === "not-found";
}

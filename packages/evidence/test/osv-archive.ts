import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { zip } from "./zip.ts";

/** Hand-made advisories, as a folder that `--offline` takes. */
export const OSV_FOLDER = join(import.meta.dirname, "osv");
/** A day on which the youngest of them is not a week old. */
export const OSV_DAY = Date.parse("2026-11-22T12:00:00Z");

/** The records of an ecosystem, by file name. */
export function osvFiles(ecosystem: string): Readonly<Record<string, string>> {
  const folder = join(OSV_FOLDER, ecosystem);
  return Object.fromEntries(
    readdirSync(folder)
      .toSorted()
      .map((name) => [name, readFileSync(join(folder, name), "utf8")]),
  );
}

/** A zip as OSV serves it. `claimed` is the unpacked size that it says of every file. */
export function zipOf(files: Readonly<Record<string, string>>, claimed?: number): Buffer {
  return zip(
    Object.entries(files).map(([name, content]) => ({
      name,
      content,
      ...(claimed === undefined ? {} : { claimed }),
    })),
  );
}

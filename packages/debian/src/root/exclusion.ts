import type { TarEntryType } from "@seaworthy/oci";
import { globs } from "./glob.ts";

// Licences ask for their text to travel along; a package may link to the folder that holds it.
const isCopyright = globs(["usr/share/doc/*/copyright"]);
const isDocFolder = globs(["usr/share/doc/*"]);

/** What the `exclude` of a base leaves out; copyright files stay. */
export function exclusion(patterns: readonly string[]): (path: string, type: TarEntryType) => boolean {
  const isExcluded = globs(patterns);
  return (path, type) => {
    if (isCopyright(path) || (type === "symlink" && isDocFolder(path))) return false;
    return isExcluded(path);
  };
}

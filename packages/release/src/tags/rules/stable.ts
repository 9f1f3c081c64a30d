import { parsePep440 } from "../pep440.ts";
import { isPrerelease, parseVersion } from "../version.ts";

/** What `latest` may follow: a release, neither before it (`1.2rc1`) nor a later touch of it (`1.2.post1`). */
export function isStable(text: string): boolean {
  const python = parseVersion(text) === undefined ? parsePep440(text) : undefined;
  return !isPrerelease(text) && python?.post === undefined;
}

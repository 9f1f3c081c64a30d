import { basename, dirname } from "node:path/posix";
import type { Cataloger } from "../cataloger.ts";
import { wholeOf } from "../formats/content.ts";
import { readNpmLock } from "../formats/npm-lock.ts";

const LOCKFILES: ReadonlySet<string> = new Set(["package-lock.json", "npm-shrinkwrap.json"]);

/**
 * npm packages that a lockfile names, where no `node_modules` beside it says what is really there: somebody bundled them
 * or left them out. What is for development only is not counted.
 */
export function npmLockfile(): Cataloger {
  return {
    name: "npm-lockfile",
    wants: ({ path }) =>
      path.endsWith(".json") && LOCKFILES.has(basename(path)) && !path.includes("node_modules/")
        ? 32 << 20
        : undefined,
    read: (file) =>
      readNpmLock(wholeOf(file))
        .filter(({ dev }) => !dev)
        .map(({ name, version, license, hashes }) => ({
          type: "npm",
          name,
          version,
          licenses: license === undefined ? [] : [license],
          hashes,
        })),
    finish: (packages, image) => {
      const isBare = new Map<string, boolean>();
      return packages.filter(({ path }) => {
        if (!isBare.has(path)) isBare.set(path, !image.hasBelow(`${dirname(path)}/node_modules`));
        return isBare.get(path);
      });
    },
  };
}

import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { CliError } from "../error.ts";

/** Where the text of an image points: at files, or at a name that stores and registries know. */
export type ImagePlace =
  | { readonly kind: "layout" | "archive"; readonly path: string; readonly name?: string }
  | { readonly kind: "name"; readonly text: string };

const PREFIXES = { "oci:": "layout", "oci-archive:": "archive", "docker-archive:": "archive" } as const;
const ARCHIVE = /\.(?:tar|tar\.gz|tgz)$/;

/**
 * Files go before names: a folder with a layout, or an archive, that is there under the text is meant. A name inside
 * comes after a colon.
 * @throws CliError `usage` where the text says that it is a file and there is none
 */
export function imagePlace(text: string, cwd: string): ImagePlace {
  for (const [prefix, kind] of Object.entries(PREFIXES)) {
    if (!text.startsWith(prefix)) continue;
    const found = split(text.slice(prefix.length), (path) =>
      (kind === "layout" ? isLayout : isFile)(cwd, path),
    );
    if (found === undefined) throw notThere(text, kind, resolve(cwd, text.slice(prefix.length)));
    return { kind, ...absolute(found, cwd) };
  }
  const layout = split(text, (path) => isLayout(cwd, path));
  if (layout !== undefined) return { kind: "layout", ...absolute(layout, cwd) };
  const archive = split(text, (path) => ARCHIVE.test(path) && isFile(cwd, path));
  if (archive !== undefined) return { kind: "archive", ...absolute(archive, cwd) };
  if (/^\.{0,2}\//.test(text) || /^[^:@]*\.(?:tar|tar\.gz|tgz)$/.test(text)) {
    throw notThere(text, ARCHIVE.test(text) ? "archive" : "layout", resolve(cwd, text));
  }
  return { kind: "name", text };
}

interface Split {
  readonly path: string;
  readonly name?: string;
}

/** Both paths and names may have colons: the shortest path that is there is the path. */
function split(text: string, isThere: (path: string) => boolean): Split | undefined {
  for (let at = text.indexOf(":"); at !== -1; at = text.indexOf(":", at + 1)) {
    const [path, name] = [text.slice(0, at), text.slice(at + 1)];
    if (path !== "" && name !== "" && isThere(path)) return { path, name };
  }
  return isThere(text) ? { path: text } : undefined;
}

const absolute = (found: Split, cwd: string): Split => ({ ...found, path: resolve(cwd, found.path) });

const isLayout = (cwd: string, path: string): boolean => existsSync(join(resolve(cwd, path), "oci-layout"));

function isFile(cwd: string, path: string): boolean {
  return statSync(resolve(cwd, path), { throwIfNoEntry: false })?.isFile() === true;
}

function notThere(text: string, kind: "layout" | "archive", path: string): CliError {
  const expected = kind === "layout" ? "a folder with an OCI layout" : "an archive";
  return new CliError("usage", `image ${JSON.stringify(text)}: expected ${expected}, found none at ${path}`);
}

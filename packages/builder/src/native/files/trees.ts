import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseDockerignore } from "@seaworthy/dockerfile";
import type { View } from "@seaworthy/sandbox";
import type { BuildRequest } from "../../engine.ts";
import { BuilderError } from "../../error.ts";
import { own } from "../own.ts";
import type { FileTree } from "./file-tree.ts";
import { hashFile } from "./hash-cache.ts";
import { umaskIndependent } from "./umask.ts";

/** Where a repository keeps its store; it lies in the context of whoever builds the repository's root. */
const STORE = ".seaworthy";
const MAX_IGNORE_BYTES = 1 << 20;

type Hash = FileTree["hash"];

export function mainContext({ context, ignore }: BuildRequest, hash: Hash): FileTree {
  return contextOf("the build context", context, ignore, hash);
}

/** `--build-context NAME=FOLDER`; undefined for other names and for those that stand for an image. */
export function namedContext({ contexts }: BuildRequest, name: string, hash: Hash): FileTree | undefined {
  const root = own(contexts, name);
  if (root === undefined || root.startsWith(IMAGE)) return undefined;
  const shown = `context ${JSON.stringify(name)}`;
  if (root.includes("://")) {
    throw new BuilderError("unsupported", `${shown}: expected a folder or ${IMAGE}NAME, found ${root}`, {
      hint: "fetch it first, and name the folder it lies in",
    });
  }
  return contextOf(shown, root, readIgnore(root), hash);
}

/** Before the reference of an image that stands for a named context. */
export const IMAGE = "docker-image://";

function contextOf(name: string, root: string, ignore: BuildRequest["ignore"], hash: Hash): FileTree {
  if (statSync(root, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new BuilderError("context", `${name}: expected a folder at ${root}, found none`);
  }
  const hidden = (path: string): boolean => path === STORE || path.startsWith(`${STORE}/`);
  return {
    name,
    root,
    hash,
    hidden,
    modeOf: umaskIndependent(root, hidden),
    ...(ignore === undefined
      ? {}
      : { ignore: { file: ignore.path, rules: parseDockerignore(ignore.text, { file: ignore.path }) } }),
  };
}

function readIgnore(root: string): BuildRequest["ignore"] {
  const path = join(root, ".dockerignore");
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
  if (text.length <= MAX_IGNORE_BYTES) return { path, text };
  throw new BuilderError("context", `${path}: longer than the limit of ${MAX_IGNORE_BYTES} characters`);
}

/**
 * A stage's root, mounted for as long as it is read. What was hashed of it is in `known`, by path: its files never change
 * during a build.
 */
export function stageTree(
  name: string,
  view: View,
  xattrs: NonNullable<FileTree["image"]>["xattrs"],
  known: Map<string, string>,
): FileTree {
  const { root } = view;
  const hash: Hash = (absolute, stats) => {
    const path = absolute.slice(root.length);
    let hex = known.get(path);
    if (hex === undefined) known.set(path, (hex = hashFile(absolute, stats)));
    return hex;
  };
  return { name, root, modeOf: (mode) => mode, image: { xattrs }, hash };
}

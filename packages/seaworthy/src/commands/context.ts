import { readFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import type { BuildRequest } from "@seaworthy/builder";
import { type Source, tagsFor } from "@seaworthy/release";
import type { Facts } from "../config/config.ts";
import { loadConfig } from "../config/load.ts";
import type { ParsedConfig } from "../config/schema.ts";
import { CliError } from "../error.ts";
import type { Machine } from "../machine/machine.ts";
import { rootOf } from "./root.ts";
import { sourceAt } from "./source-at.ts";

/** A repository with its config: what most commands start from. */
export interface Project {
  /** Absolute; where the config is, else where the command was given. */
  readonly root: string;
  readonly config: ParsedConfig;
  readonly source: Source;
  readonly storeDir: string;
}

/**
 * @param warn told of what in the config is taken in another way than it is written; stderr where nobody is named
 * @param known of the same repository, where somebody has asked git already
 */
export async function openProject(
  machine: Machine,
  configFile: string | undefined,
  warn = (message: string): void => void machine.stderr.write(`warning: ${message}\n`),
  known?: Source | Promise<Source>,
): Promise<Project> {
  const { file, root } = rootOf(machine, configFile);
  const asked = Promise.resolve(known ?? sourceAt(root, machine.env));
  const config = await loadConfig(file, asked.then(factsOf), warn);
  return { root, config, source: await asked, storeDir: join(root, ".seaworthy", "store") };
}

function factsOf(source: Source): Facts {
  return {
    revision: source.revision ?? "unknown",
    version: tagsFor(source).version,
    branch: source.branch ?? source.tag ?? "detached",
  };
}

/** `<Dockerfile>.dockerignore` beside the Dockerfile wins over `.dockerignore` of the context (Dockerfile reference). */
export async function readBuildFiles(
  root: string,
  { context, dockerfile }: { readonly context: string; readonly dockerfile?: string | undefined },
): Promise<Pick<BuildRequest, "context" | "dockerfile" | "ignore">> {
  const dir = resolve(root, context);
  const path = dockerfileOf(root, { context, dockerfile });
  const text = await readFile(path, "utf8").catch((cause: NodeJS.ErrnoException) => {
    const why = cause.code === "ENOENT" ? "not there" : cause.message;
    throw new CliError("config", `${path}: ${why}`, { cause, hint: "name the Dockerfile with -f FILE" });
  });
  for (const candidate of [`${path}.dockerignore`, join(dir, ".dockerignore")]) {
    const ignore = await readFile(candidate, "utf8").catch(() => undefined);
    if (ignore !== undefined) {
      return { context: dir, dockerfile: named(root, path, text), ignore: named(root, candidate, ignore) };
    }
  }
  return { context: dir, dockerfile: named(root, path, text) };
}

export function dockerfileOf(
  root: string,
  { context, dockerfile }: { readonly context: string; readonly dockerfile?: string | undefined },
): string {
  return dockerfile === undefined ? resolve(root, context, "Dockerfile") : resolve(root, dockerfile);
}

/** From the root, as others show it. */
export function dockerfileNameOf({ root, config }: Pick<Project, "root" | "config">): string {
  return relative(root, dockerfileOf(root, config));
}

/** Messages name files as people do, from the root. */
function named(root: string, path: string, text: string): { readonly path: string; readonly text: string } {
  return { path: path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path, text };
}

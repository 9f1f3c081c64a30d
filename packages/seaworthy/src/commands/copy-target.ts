import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Repository, checkTag, formatReference, openLayout, parseReference } from "@seaworthy/oci";
import { CliError } from "../error.ts";
import type { Machine } from "../machine/machine.ts";
import { openRemote } from "../machine/remote.ts";
import { openStore } from "../machine/store.ts";
import { openProject } from "./context.ts";
import { isEmbedded } from "./destination.ts";
import { imageName } from "./image-name.ts";
import type { OpenImageOptions } from "./open-image.ts";

/** Where a copy goes. Without a tag no tag is touched. */
export interface CopyTarget {
  /** For people, without tag. */
  readonly name: string;
  readonly repository: Repository;
  readonly tag?: string;
}

/**
 * `oci:PATH[:NAME]`, made where there is none; a name with a registry; else a repository of this repository's store.
 * @throws CliError `usage` where the text has a digest: what is copied says it
 */
export async function openTarget(
  machine: Machine,
  text: string,
  { config, signal }: OpenImageOptions,
): Promise<CopyTarget> {
  if (text.startsWith("oci:")) return openLayoutTarget(text, machine.cwd);
  const project = await openProject(machine, config);
  const name = imageName(project, text);
  const { registry, repository, tag, digest } = parseReference(name);
  if (digest !== undefined) {
    throw new CliError("usage", `copy to ${JSON.stringify(text)}: expected a name or a tag, found a digest`, {
      hint: "leave the digest out: what is copied has its own, and keeps it",
    });
  }
  const found = isEmbedded(name, project)
    ? (await openStore(project.storeDir)).repository(repository)
    : openRemote(machine, signal)({ registry, repository });
  return {
    name: formatReference({ registry, repository }),
    repository: found,
    ...(tag === undefined ? {} : { tag }),
  };
}

async function openLayoutTarget(text: string, cwd: string): Promise<CopyTarget> {
  const { path, name } = splitPath(text.slice("oci:".length), cwd);
  const [, repository = "image", tag] = /^(?:(.+):)?([^:]*)$/.exec(name ?? "") ?? [];
  const wanted = tag === "" ? undefined : tag;
  if (wanted !== undefined) checkTag(wanted, text);
  const layout = await openLayout(resolve(cwd, path));
  return {
    name: `oci:${path}:${repository}`,
    repository: layout.repository(repository),
    ...(wanted === undefined ? {} : { tag: wanted }),
  };
}

/** The shortest path that is a layout; where there is none yet, what stands before the first colon. */
function splitPath(text: string, cwd: string): { readonly path: string; readonly name?: string } {
  const colons = [...text.matchAll(/:/g)].map(({ index }) => index);
  const there = colons.find((at) => existsSync(join(resolve(cwd, text.slice(0, at)), "oci-layout")));
  const at = there ?? colons[0];
  return at === undefined ? { path: text } : { path: text.slice(0, at), name: text.slice(at + 1) };
}

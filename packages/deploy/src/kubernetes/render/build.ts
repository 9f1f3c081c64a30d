import { stat } from "node:fs/promises";
import { resolve } from "node:path";
import { DeployError } from "../../error.ts";
import { type KubeObject, keyOf, titleOf } from "../object.ts";
import { generateConfigMaps } from "./config-maps.ts";
import { type Entry, insideOf } from "./entry.ts";
import { withHashes } from "./hashed-names.ts";
import { type Kustomization, readKustomization, textsOf } from "./kustomization.ts";
import { applyPatches } from "./patches.ts";
import { readObjects } from "./read.ts";
import { transform } from "./transform.ts";
import { UnsupportedError } from "./unsupported.ts";

const MAX_DEPTH = 20;

/**
 * The objects of a folder with a kustomization: what it names as resources, its generators, patches and transformers, in
 * kustomize's order; names with hashes come last, over what the outermost folder has made of it.
 * @throws UnsupportedError; DeployError `refused`
 */
export async function buildKustomization(kustomization: Kustomization): Promise<readonly KubeObject[]> {
  return withHashes(await accumulate(kustomization, []));
}

async function accumulate(kustomization: Kustomization, outer: readonly string[]): Promise<readonly Entry[]> {
  const { folder, file, fields } = kustomization;
  if (outer.includes(folder))
    throw new DeployError("refused", `${file}: includes itself by ${outer.join(", ")}`);
  if (outer.length > MAX_DEPTH) throw new DeployError("refused", `${file}: more than ${MAX_DEPTH} deep`);
  const entries: Entry[] = [];
  for (const name of textsOf(fields["resources"], `${file}: resources`)) {
    entries.push(...(await readResource(name, kustomization, [...outer, folder])));
  }
  checkUnique(entries, file);
  const generated = await generateConfigMaps(kustomization, entries);
  const patched = await applyPatches(kustomization, generated);
  return transform(kustomization, patched);
}

async function readResource(
  name: string,
  { folder, file }: Kustomization,
  outer: readonly string[],
): Promise<readonly Entry[]> {
  if (/:\/\/|\?ref=|^(?:git@|github\.com)/.test(name))
    throw new UnsupportedError(file, `the remote resource ${name}`);
  const path = resolve(folder, name);
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new DeployError("refused", `${file}: resource ${name} is not there`);
  if (found.isFile())
    return (await readObjects(insideOf(folder, name, file))).map((object) => ({ object, hashed: false }));
  const inner = await readKustomization(path);
  if (inner === undefined)
    throw new DeployError("refused", `${file}: resource ${name} is a folder without a kustomization`);
  return accumulate(inner, outer);
}

function checkUnique(entries: readonly Entry[], file: string): void {
  const seen = new Set<string>();
  for (const { object } of entries) {
    if (seen.has(keyOf(object)))
      throw new DeployError("refused", `${file}: ${titleOf(object)} is there twice`);
    seen.add(keyOf(object));
  }
}

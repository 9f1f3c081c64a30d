import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { DeployError } from "../../error.ts";
import type { KubeObject } from "../object.ts";
import type { KubernetesTools } from "../settings.ts";
import { readObjects } from "./read.ts";

export interface RenderOptions extends Pick<KubernetesTools, "env"> {
  readonly signal: AbortSignal;
}

/**
 * The objects of a file or a folder of manifests, or of a folder with a kustomization.
 * @throws DeployError `refused`
 */
export async function renderManifests(path: string, _options: RenderOptions): Promise<readonly KubeObject[]> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) {
    throw new DeployError("refused", `${path}: expected manifests, found nothing`, {
      hint: "name a file or a folder as kubernetes.manifests in the config",
    });
  }
  if (found.isFile()) return readObjects(path);
  const names = (await readdir(path)).filter((name) => /\.(?:ya?ml|json)$/.test(name)).toSorted();
  const objects = (await Promise.all(names.map((name) => readObjects(join(path, name))))).flat();
  if (objects.length > 0) return objects;
  throw new DeployError("refused", `${path}: expected manifests, found none`, {
    hint: "put files that end in .yaml, .yml or .json there",
  });
}

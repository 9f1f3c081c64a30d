import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { DeployError } from "../../error.ts";
import type { KubeObject } from "../object.ts";
import type { KubernetesTools } from "../settings.ts";
import { buildKustomization } from "./build.ts";
import { kubectlKustomize } from "./kubectl.ts";
import { readKustomization } from "./kustomization.ts";
import { readObjects } from "./read.ts";
import { UnsupportedError } from "./unsupported.ts";

export interface RenderOptions extends Pick<KubernetesTools, "env"> {
  readonly signal: AbortSignal;
}

/**
 * The objects of a file or a folder of manifests, or of a folder with a kustomization. What we know of kustomize we do
 * ourselves, the same on each machine; a folder that needs more is rendered by kubectl, where there is one.
 * @throws DeployError `refused`
 */
export async function renderManifests(path: string, options: RenderOptions): Promise<readonly KubeObject[]> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) {
    throw new DeployError("refused", `${path}: expected manifests, found nothing`, {
      hint: "name a file or a folder as kubernetes.manifests in the config",
    });
  }
  if (found.isFile()) return readObjects(path);
  return (await kustomized(path, options)) ?? readFolder(path);
}

async function kustomized(path: string, options: RenderOptions): Promise<readonly KubeObject[] | undefined> {
  try {
    const kustomization = await readKustomization(path);
    return kustomization === undefined ? undefined : await buildKustomization(kustomization);
  } catch (error) {
    if (!(error instanceof UnsupportedError)) throw error;
    const rendered = await kubectlKustomize(path, options);
    if (rendered === undefined) throw error;
    return rendered;
  }
}

async function readFolder(path: string): Promise<readonly KubeObject[]> {
  const names = (await readdir(path)).filter((name) => /\.(?:ya?ml|json)$/.test(name)).toSorted();
  const objects = (await Promise.all(names.map((name) => readObjects(join(path, name))))).flat();
  if (objects.length > 0) return objects;
  throw new DeployError("refused", `${path}: expected manifests, found none`, {
    hint: "put files that end in .yaml, .yml or .json there",
  });
}

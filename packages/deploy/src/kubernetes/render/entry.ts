import { isAbsolute, join, relative, resolve } from "node:path";
import { DeployError } from "../../error.ts";
import type { KubeObject } from "../object.ts";

/** An object on its way; a generated one gets the hash of what it holds into its name at the end. */
export interface Entry {
  readonly object: KubeObject;
  readonly hashed: boolean;
}

/** Files of a kustomization lie in its folder, as kustomize has it. @throws DeployError `refused` */
export function insideOf(folder: string, name: string, file: string): string {
  const path = resolve(folder, name);
  const way = relative(folder, path);
  if (!way.startsWith("..") && !isAbsolute(way)) return join(folder, way);
  throw new DeployError("refused", `${file}: ${name} is outside of its folder`, {
    hint: "only folders with a kustomization may lie elsewhere",
  });
}

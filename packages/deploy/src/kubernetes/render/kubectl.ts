import { execFile } from "node:child_process";
import { type KubeObject } from "../object.ts";
import type { RenderOptions } from "./render.ts";
import { parseDocuments, toObjects } from "./read.ts";
import { DeployError } from "../../error.ts";

const WITHIN_MS = 120_000;
const MAX_BYTES = 64 << 20;

/**
 * What `kubectl kustomize` makes of a folder; undefined where there is no kubectl.
 * @throws DeployError `refused` with what it says
 */
export function kubectlKustomize(
  folder: string,
  { env, signal }: RenderOptions,
): Promise<readonly KubeObject[] | undefined> {
  // It may fetch what is named in the folder, so it gets nothing that is of no use for that.
  const own = { PATH: env["PATH"] ?? "", HOME: env["HOME"] ?? "/nonexistent" };
  const options = { env: own, signal, timeout: WITHIN_MS, maxBuffer: MAX_BYTES };
  return new Promise((resolve, reject) => {
    execFile("kubectl", ["kustomize", folder], options, (error, stdout, stderr) => {
      if (error === null) {
        try {
          resolve(parseDocuments(stdout, folder).flatMap((value) => toObjects(value, folder)));
        } catch (fault) {
          reject(fault);
        }
      } else if ((error as NodeJS.ErrnoException).code === "ENOENT") resolve(undefined);
      else if (signal.aborted) reject(signal.reason as Error);
      else {
        const says = stderr.trim().replace(/^error: /, "") || error.message;
        reject(new DeployError("refused", `${folder}: kubectl kustomize: ${says}`));
      }
    });
  });
}

import { DeployError } from "../../error.ts";

/** Kustomize has it, our part of kustomize has not: kubectl may do it instead. */
export class UnsupportedError extends DeployError {
  constructor(where: string, what: string) {
    super("refused", `${where}: ${what} is not of the part of kustomize that seaworthy does itself`, {
      hint: "put kubectl on PATH, which then renders the folder, or do without it",
    });
  }
}

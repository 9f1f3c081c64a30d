import type { WorkflowFile } from "./file.ts";

/** One thing that a workflow must not do: a name, what to do instead, and where it is done. */
export interface Rule {
  readonly name: string;
  readonly hint: string;
  readonly check: (file: WorkflowFile) => readonly Place[];
}

export interface Place {
  readonly path: readonly (string | number)[];
  readonly found: string;
}

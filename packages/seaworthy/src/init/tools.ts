/** How a pipeline gets and runs seaworthy and what the tests need. */
export interface Tools {
  /** What stands before a command of seaworthy: `npx --yes seaworthy@1.2.3`. Never without an exact version. */
  readonly seaworthy: string;
  /** Lines for a shell, run once before it. */
  readonly install: readonly string[];
  /** Where they run. */
  readonly folder: string;
  /** Whether they install seaworthy too; else only the tests need them. */
  readonly locked: boolean;
}

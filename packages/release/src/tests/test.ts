/** A command of the repository that must end well before its image is built. */
export interface TestCommand {
  readonly name: string;
  /** Program and arguments; no shell reads them. */
  readonly run: readonly string[];
  /** Absolute. */
  readonly cwd: string;
  /** Beside what the machine gives every command. */
  readonly env: Readonly<Record<string, string>>;
  /** Milliseconds. */
  readonly timeout: number;
  /** Runs again on a commit that passed before: for tests of something that is not in the commit. */
  readonly always: boolean;
}

/** Groups run one after the other, the commands of one group side by side. */
export type TestPlan = readonly (readonly TestCommand[])[];

export interface TestResult {
  readonly name: string;
  readonly run: readonly string[];
  /** `not-run`: something before it failed. */
  readonly status: "passed" | "failed" | "not-run";
  readonly ms: number;
  /** Found and expected, where it failed. */
  readonly problem?: string;
  /** Last lines of its output, where it failed. */
  readonly output?: readonly string[];
  /** File with all of its output, where it failed. */
  readonly log?: string;
}

/**
 * Runs a command on this machine and ends it with everything it started when `signal` fires. Rejects where it cannot be
 * started.
 */
export type RunCommand = (
  command: Pick<TestCommand, "run" | "cwd" | "env">,
  onOutput: (stream: "stdout" | "stderr", chunk: Uint8Array) => void,
  signal: AbortSignal,
) => Promise<{ readonly code: number }>;

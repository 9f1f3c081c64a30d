import type { Progress } from "@seaworthy/builder";
import type { RunReport } from "./report.ts";

/** What a CI shows of a run besides its log. */
export interface CiReporter {
  /** For all that others say: nothing that comes through here is taken for a command to the CI. */
  readonly stderr: NodeJS.WriteStream;
  /** Folds the log by stages. */
  fold(progress: Progress): Progress;
  /** Never rejects: what a CI shows fails no release. */
  report(run: RunReport): Promise<void>;
}

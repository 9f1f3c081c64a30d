import type { Progress } from "@seaworthy/builder";
import { createCollector } from "./collect.ts";
import type { Outcome, Released, RunReport } from "./report.ts";
import type { CiReporter } from "./reporter.ts";

export interface Observing<T> {
  readonly reporter: CiReporter;
  /** Absolute folder that messages name files from. */
  readonly root: string;
  readonly progress: Progress;
  /** Milliseconds, from any beginning. */
  readonly clock: () => number;
  /** What the CI shows of a result. */
  readonly released: (value: T) => Released;
  /** What is known of tests and gates when it is over, failed or not. */
  readonly details?: () => Pick<RunReport, "tests" | "gates">;
}

/** Carries work out and tells the CI how it went, whatever came of it. */
export async function observed<T>(
  { reporter, root, progress, clock, released, details }: Observing<T>,
  work: (progress: Progress) => Promise<T>,
): Promise<T> {
  const began = clock();
  const collector = createCollector(clock);
  const inner = reporter.fold(progress);
  const report = (outcome: Outcome): Promise<void> =>
    reporter.report({ root, outcome, ms: clock() - began, seen: collector.seen(), ...details?.() });
  try {
    const value = await work((event) => {
      collector.take(event);
      inner(event);
    });
    await report({ is: "released", release: released(value) });
    return value;
  } catch (error) {
    await report({ is: "failed", error });
    throw error;
  }
}

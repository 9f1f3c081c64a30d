import type { Progress } from "@seaworthy/builder";
import { createCollector } from "./collect.ts";
import type { Outcome, Released, RunReport } from "./report.ts";

export interface Observing<T> {
  /** Everybody who wants to know how it went, told one after the other. None of them rejects. */
  readonly listeners: readonly ((run: RunReport) => Promise<void>)[];
  /** Absolute folder that messages name files from. */
  readonly root: string;
  readonly progress: Progress;
  /** Milliseconds, from any beginning. */
  readonly clock: () => number;
  /** What is shown of a result. */
  readonly released: (value: T) => Released;
  /** What is known of tests, gates and scans when it is over, failed or not. */
  readonly details?: () => Pick<RunReport, "tests" | "gates" | "scans">;
}

/** Carries work out and tells how it went, whatever came of it. */
export async function observed<T>(
  { listeners, root, progress, clock, released, details }: Observing<T>,
  work: (progress: Progress) => Promise<T>,
): Promise<T> {
  const began = clock();
  const collector = createCollector(clock);
  const report = async (outcome: Outcome): Promise<void> => {
    const run = { root, outcome, ms: clock() - began, seen: collector.seen(), ...details?.() };
    for (const tell of listeners) await tell(run);
  };
  try {
    const value = await work((event) => {
      collector.take(event);
      progress(event);
    });
    await report({ is: "released", release: released(value) });
    return value;
  } catch (error) {
    await report({ is: "failed", error });
    throw error;
  }
}

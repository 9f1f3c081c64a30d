import { type Run, runFacts } from "@seaworthy/release";
import { CliError } from "../error.ts";

export interface FoundRun {
  readonly run: Run;
  /** Older ones that are meant as well. */
  readonly others: number;
}

/** Fewer digits fit too much by chance. */
const FEWEST_DIGITS = 6;

/**
 * The newest run of a version, else of a digest, else of a commit; the last two may be shortened.
 * @param runs newest first
 * @throws CliError `usage` where what is shortened fits several
 */
export function findRun(runs: readonly Run[], wanted: string): FoundRun | undefined {
  const ofVersion = runs.filter((run) => runFacts(run).version === wanted);
  const ways = [
    () => ofVersion,
    () => beginningWith(runs, wanted, (run) => runFacts(run).digest?.slice("sha256:".length)),
    () => beginningWith(runs, wanted, (run) => runFacts(run).revision),
  ];
  for (const way of ways) {
    const [run, ...others] = way();
    if (run !== undefined) return { run, others: others.length };
  }
  return undefined;
}

/** @param wanted digits, or a digest or reference that ends in them */
function beginningWith(
  runs: readonly Run[],
  wanted: string,
  idOf: (run: Run) => string | undefined,
): readonly Run[] {
  const digits = wanted.slice(wanted.lastIndexOf("@") + 1).replace(/^sha256:/, "");
  if (digits.length < FEWEST_DIGITS || !/^[0-9a-f]+$/.test(digits)) return [];
  const found = runs.filter((run) => idOf(run)?.startsWith(digits) === true);
  const ids = [...new Set(found.map(idOf))];
  if (ids.length <= 1) return found;
  const some = ids.slice(0, 4).join(", ");
  throw new CliError("usage", `history: ${wanted} fits ${ids.length}: ${some}`, { hint: "give more digits" });
}

import { ReleaseError } from "../error.ts";
import type { Gate, GateResult, GateSubject } from "./gate.ts";

/** Every gate answers, so that all that is wrong is known at once. One that could not look refuses. */
export async function askGates(
  gates: readonly Gate[],
  subject: GateSubject,
  signal: AbortSignal,
): Promise<readonly GateResult[]> {
  const answers = await Promise.all(
    gates.map(async (gate) => {
      try {
        return await gate.check(subject, signal);
      } catch (error) {
        signal.throwIfAborted();
        const found = `could not look: ${error instanceof Error ? error.message : String(error)}`;
        const { name, allowed } = gate;
        return [{ name, allowed, status: "refused", found } satisfies GateResult];
      }
    }),
  );
  return answers.flat();
}

/** @throws ReleaseError `refused` naming each gate, what it found and what it allows */
export function refuseBy(
  results: readonly GateResult[],
  headline = "gates: the image must not be published",
): void {
  const refused = results.filter(({ status }) => status === "refused");
  if (refused.length === 0) return;
  const lines = refused.flatMap(({ name, found, allowed, hint }) => [
    `  ${name}: found ${found}; allowed: ${allowed}`,
    ...(hint === undefined ? [] : [`    → ${hint}`]),
  ]);
  throw new ReleaseError("refused", `${headline}\n${lines.join("\n")}`, {
    hint: "mend what was refused and run the release again; nothing was published",
  });
}

import { parentPort, workerData } from "node:worker_threads";
import { EvidenceError } from "../../error.ts";
import type { RuleSet } from "../rule.ts";
import { matcherOf } from "./matcher.ts";
import type { Answer, Failed, Question } from "./messages.ts";

/** What a thread for matching runs. */
const find = matcherOf(workerData as RuleSet);

parentPort?.on("message", ({ id, text }: Question) => {
  const say = (answer: Answer): void => parentPort!.postMessage(answer, []);
  find(text).then(
    (matches) => say({ id, matches }),
    (error: unknown) => say({ failed: plain(error) }),
  );
});

function plain(error: unknown): Failed {
  const { message } = error as Error;
  if (!(error instanceof EvidenceError)) return { message };
  const { code, hint } = error;
  return { code, message, ...(hint === undefined ? {} : { hint }) };
}

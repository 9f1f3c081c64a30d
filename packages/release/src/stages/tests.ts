import { join } from "node:path";
import type { Progress, StepResult } from "@seaworthy/builder";
import type { ReleaseRequest, ReleaseTools } from "../request.ts";
import { testRefusal } from "../tests/evidence.ts";
import { recallPassed, rememberPassed, testKey } from "../tests/remembered.ts";
import { havePassed, runTests } from "../tests/run-tests.ts";
import type { TestResult } from "../tests/test.ts";

/**
 * The gate before the build: the repository's own commands. What passed on this commit before is not run again.
 * @throws ReleaseError `refused` naming every command that failed
 */
export async function testsStage(
  { tests, source }: ReleaseRequest,
  tools: ReleaseTools,
  progress: Progress,
): Promise<StepResult<readonly TestResult[]>> {
  const { stateDir, command, parallel, signal, onAnswers } = tools;
  const folder = join(stateDir, "tests");
  const key = testKey(tests, source);
  const known = key === undefined ? undefined : recallPassed(folder, key);
  if (known !== undefined) {
    onAnswers?.({ tests: known });
    return { value: known, status: "cached", note: "this commit passed them before" };
  }
  const logs = join(stateDir, "logs", "tests");
  const value = await runTests(tests, { command, logs, parallel, progress, signal });
  onAnswers?.({ tests: value });
  if (!havePassed(value)) throw testRefusal(value);
  if (key !== undefined) await rememberPassed(folder, key, value);
  return { value, note: `${value.length} passed` };
}

import { createWriteStream, mkdirSync } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { type Progress, step, tailOf } from "@seaworthy/builder";
import pLimit from "p-limit";
import type { RunCommand, TestCommand, TestPlan, TestResult } from "./test.ts";

export interface TestTools {
  readonly command: RunCommand;
  /** Folder of the log files, one for each command. */
  readonly logs: string;
  /** Commands at once. */
  readonly parallel: number;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

const LAST_LINES = 20;

/** Every command of a group runs to its end, so that all that is wrong is known; no group starts after one that failed. */
export async function runTests(plan: TestPlan, tools: TestTools): Promise<readonly TestResult[]> {
  const limit = pLimit(tools.parallel);
  const results: TestResult[] = [];
  mkdirSync(tools.logs, { recursive: true });
  for (const group of plan) {
    const failed = results.some(({ status }) => status !== "passed");
    const more = failed
      ? group.map(notRun)
      : await Promise.all(group.map((test) => limit(() => runShown(test, tools))));
    results.push(...more);
    tools.signal.throwIfAborted();
  }
  return results;
}

export function havePassed(results: readonly TestResult[]): boolean {
  return results.every(({ status }) => status === "passed");
}

function notRun({ name, run }: TestCommand): TestResult {
  return { name, run, status: "not-run", ms: 0 };
}

function runShown(test: TestCommand, tools: TestTools): Promise<TestResult> {
  const id = `test ${test.name}`;
  return step(
    tools.progress,
    { id, name: test.name },
    async () => {
      const value = await runTest(test, id, tools);
      const { status, problem } = value;
      return {
        value,
        status: status === "passed" ? "done" : "failed",
        ...(problem ? { note: problem } : {}),
      };
    },
    tools.signal,
  );
}

async function runTest(test: TestCommand, id: string, tools: TestTools): Promise<TestResult> {
  const { name, run, timeout } = test;
  const started = performance.now();
  const limit = AbortSignal.timeout(timeout);
  const log = join(tools.logs, `${fileName(name)}.log`);
  const file = createWriteStream(log);
  const tail = tailOf(LAST_LINES);
  let code: number | undefined;
  try {
    const onOutput = (stream: "stdout" | "stderr", chunk: Uint8Array): void => {
      file.write(chunk);
      tail.add(chunk);
      tools.progress({ type: "output", id, stream, text: Buffer.from(chunk).toString("utf8") });
    };
    ({ code } = await tools.command(test, onOutput, AbortSignal.any([tools.signal, limit])));
  } catch (error) {
    if (tools.signal.aborted || !limit.aborted) throw error;
  } finally {
    file.end();
    await finished(file);
  }
  tools.signal.throwIfAborted();
  const ms = Math.round(performance.now() - started);
  if (code === 0 && !limit.aborted) return { name, run, status: "passed", ms };
  const problem = limit.aborted
    ? `still running after ${timeout} ms, expected to have ended`
    : `exit code ${code}, expected 0`;
  return { name, run, status: "failed", ms, problem, output: tail.lines(), log };
}

/** Names are for people; two of them stay two files. */
function fileName(name: string): string {
  return encodeURIComponent(name).replaceAll("%20", "-").slice(0, 200).replace(/^\.+$/, "_");
}

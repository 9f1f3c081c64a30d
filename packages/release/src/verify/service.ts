import { setTimeout as wait } from "node:timers/promises";
import { type Running, forwardPort, memoryOf } from "@seaworthy/sandbox";
import { request } from "undici";
import { type Tail, tailOf } from "@seaworthy/builder";
import type { CheckResult, RejectCheck, ServiceCheck } from "./checks.ts";

/** Starts the image once; every check has a container of its own. */
export type Start = (
  what: { readonly args?: readonly string[]; readonly env?: Readonly<Record<string, string>> },
  onOutput: (chunk: Uint8Array) => void,
  signal: AbortSignal,
) => Promise<Running>;

const LOG_LINES = 20;
/** How long a service without an HTTP check has to stay up. */
const STEADY = 1_000;
/** Between two looks at a service that is starting. */
const INTERVAL = 25;

export async function checkService(
  check: ServiceCheck,
  start: Start,
  signal: AbortSignal,
): Promise<CheckResult> {
  const ended = new AbortController();
  const tail = tailOf(LOG_LINES);
  const running = await start(check, (chunk) => tail.add(chunk), AbortSignal.any([signal, ended.signal]));
  try {
    return await observe(check, running, tail, signal);
  } finally {
    ended.abort();
    await running.exited;
  }
}

async function observe(
  check: ServiceCheck,
  running: Running,
  tail: Tail,
  signal: AbortSignal,
): Promise<CheckResult> {
  const { name } = check;
  const started = performance.now();
  const problem = await comesUp(check, running, signal);
  signal.throwIfAborted();
  if (problem !== undefined) return { name, ok: false, problem, output: tail.lines() };
  const startMs = Math.round(performance.now() - started);
  const memory = memoryOf(running);
  const stopping = performance.now();
  await running.kill("SIGTERM");
  const exit = await Promise.race([running.exited, wait(check.stopsWithin, undefined, { signal })]);
  const stopMs = Math.round(performance.now() - stopping);
  const measured = { startMs, stopMs, ...(memory === undefined ? {} : { memory }) };
  if (exit === undefined) {
    const late = `still running ${check.stopsWithin} ms after SIGTERM, expected to have stopped`;
    return { name, ok: false, problem: late, output: tail.lines(), ...measured };
  }
  return { name, ok: true, ...measured };
}

/** Undefined once it is up, else what is wrong. */
async function comesUp(
  check: ServiceCheck,
  running: Running,
  signal: AbortSignal,
): Promise<string | undefined> {
  const gone = running.exited.then(({ code }) => code);
  if (check.http === undefined) {
    const code = await Promise.race([gone, wait(STEADY, undefined, { signal })]);
    return code === undefined || code === 0
      ? undefined
      : `ended with exit code ${code}, expected it to stay up`;
  }
  const { port, path, status } = check.http;
  const forward = await forwardPort(running, port, signal);
  try {
    const deadline = performance.now() + check.healthyWithin;
    let last = "no answer";
    while (performance.now() < deadline) {
      const code = await Promise.race([gone, wait(INTERVAL, undefined, { signal })]);
      if (code !== undefined) return `ended with exit code ${code} before it was healthy`;
      const answer = await answerOf(`http://127.0.0.1:${forward.port}${path}`, deadline - performance.now());
      if (answer === status) return undefined;
      if (answer !== undefined) last = `status ${answer}`;
    }
    return `GET ${path} on port ${port}: ${last} within ${check.healthyWithin} ms, expected status ${status}`;
  } finally {
    await forward.close();
  }
}

async function answerOf(url: string, left: number): Promise<number | undefined> {
  try {
    const { statusCode, body } = await request(url, {
      signal: AbortSignal.timeout(Math.max(1, Math.min(left, 2_000))),
    });
    await body.dump();
    return statusCode;
  } catch {
    return undefined; // Not listening yet; the deadline decides.
  }
}

const REJECT_TIMEOUT = 10_000;

export async function checkReject(
  check: RejectCheck,
  start: Start,
  signal: AbortSignal,
): Promise<CheckResult> {
  const ended = new AbortController();
  const tail = tailOf(LOG_LINES);
  const running = await start(check, (chunk) => tail.add(chunk), AbortSignal.any([signal, ended.signal]));
  try {
    const exit = await Promise.race([running.exited, wait(REJECT_TIMEOUT, undefined, { signal })]);
    if (exit?.code === check.exitCode) return { name: check.name, ok: true };
    const found = exit === undefined ? `still running after ${REJECT_TIMEOUT} ms` : `exit code ${exit.code}`;
    return {
      name: check.name,
      ok: false,
      problem: `found ${found}, expected exit code ${check.exitCode}`,
      output: tail.lines(),
    };
  } finally {
    ended.abort();
    await running.exited;
  }
}

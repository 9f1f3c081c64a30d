import { setTimeout as wait } from "node:timers/promises";
import { tailOf } from "@seaworthy/builder";
import { forwardPort } from "@seaworthy/sandbox";
import type { HttpExpected, ServiceCheck } from "./checks.ts";
import { type HealthCommand, healthCommandOf } from "./health-command.ts";
import { type HttpAnswer, httpAnswer } from "./http-answer.ts";
import type { Started } from "./start.ts";

/** How long a service that nothing can be asked has to stay up. */
const STEADY = 1_000;
/** Between two looks at a service that is starting. */
const INTERVAL = 25;
/** A HEALTHCHECK is a process of its own: asked more often it would slow down what it waits for. */
const COMMAND_INTERVAL = 200;
/** A process that is gone tells its end a little later. */
const SETTLE = 500;
/** One answer may not take all the time there is. */
const ANSWER = 2_000;

export interface Health {
  /** Where it could be measured. */
  readonly startMs?: number;
  /** What is wrong; a service without one is healthy. */
  readonly problem?: string;
  /** Last lines of the HEALTHCHECK that did not pass. */
  readonly output?: readonly string[];
}

interface Deadline {
  /** On the clock of `performance.now()`. */
  readonly at: number;
  readonly signal: AbortSignal;
  /** Settles with the exit code when the service ends. */
  readonly gone: Promise<number>;
}

/**
 * Waits until a service is healthy: its HTTP check answers and the image's HEALTHCHECK, if it has one, exits 0. The time
 * is that of the HTTP answer, as what HEALTHCHECK takes to start is not the service's; only without one is it HEALTHCHECK's.
 */
export async function becomesHealthy(
  check: ServiceCheck,
  started: Started,
  signal: AbortSignal,
): Promise<Health> {
  const begun = performance.now();
  const gone = started.running.exited.then(({ code }) => code);
  const deadline = { at: begun + check.healthyWithin, signal, gone };
  const command = healthCommandOf(started.config);
  if (check.http === undefined && command === undefined) return staysUp(deadline);
  try {
    if (check.http !== undefined) {
      const answered = await answers(check.http, check, started, deadline);
      if (answered !== undefined) return answered;
    }
    const answeredAt = performance.now();
    const failed = command === undefined ? undefined : await passes(command, check, started, deadline);
    if (failed !== undefined) return failed;
    return { startMs: Math.round((check.http === undefined ? performance.now() : answeredAt) - begun) };
  } catch (error) {
    // One that ends while it is asked makes the question fail: its end is the better story.
    const code = signal.aborted
      ? undefined
      : await Promise.race([gone, wait(SETTLE, undefined, { ref: false })]);
    if (code === undefined) throw error;
    return { problem: `ended with exit code ${code} before it was healthy` };
  }
}

/** Nothing can be asked, so nothing is measured. One that has done its work and ended well is fine too. */
async function staysUp({ gone, signal }: Deadline): Promise<Health> {
  const code = await Promise.race([gone, wait(STEADY, undefined, { signal, ref: false })]);
  return code === undefined || code === 0
    ? {}
    : { problem: `ended with exit code ${code}, expected it to stay up` };
}

type Http = NonNullable<ServiceCheck["http"]>;

async function answers(
  { port, ...expected }: Http,
  { healthyWithin }: ServiceCheck,
  { running }: Started,
  deadline: Deadline,
): Promise<Health | undefined> {
  const forward = await forwardPort(running, port, deadline.signal);
  try {
    const { path, body } = expected;
    const asked = { port: forward.port, path, body: body !== undefined };
    let last: HttpAnswer | undefined;
    const done = await untilDeadline(deadline, INTERVAL, async (left) => {
      const answer = await httpAnswer(asked, Math.min(left, ANSWER), deadline.signal);
      last = answer ?? last;
      return answer !== undefined && isAsExpected(answer, expected);
    });
    if (done === true) return undefined;
    if (done !== undefined) return { problem: `ended with exit code ${done} before it was healthy` };
    return {
      problem: `GET ${path} on port ${port}: ${foundText(last, expected)} within ${healthyWithin} ms, expected ${expectedText(expected)}`,
    };
  } finally {
    await forward.close();
  }
}

function isAsExpected(answer: HttpAnswer, { status, body = "" }: HttpExpected): boolean {
  return answer.status === status && answer.body.includes(body);
}

/** Of a body its first line, escaped. */
function foundText(answer: HttpAnswer | undefined, { status, body }: HttpExpected): string {
  if (answer === undefined) return "no answer";
  if (body === undefined || answer.status !== status) return `status ${answer.status}`;
  return `body ${JSON.stringify(answer.body.split("\n", 1)[0]!.slice(0, 100))}`;
}

function expectedText({ status, body }: HttpExpected): string {
  return `status ${status}${body === undefined ? "" : ` and ${JSON.stringify(body)} in the body`}`;
}

const COMMAND_LINES = 5;

async function passes(
  { args, timeout }: HealthCommand,
  { healthyWithin }: ServiceCheck,
  { beside }: Started,
  deadline: Deadline,
): Promise<Health | undefined> {
  let last = "no result";
  let tail = tailOf(COMMAND_LINES);
  const done = await untilDeadline(deadline, COMMAND_INTERVAL, async (left) => {
    const limit = AbortSignal.timeout(Math.ceil(Math.min(left, timeout)));
    const said = tailOf(COMMAND_LINES);
    const { code } = await beside(
      args,
      (chunk) => said.add(chunk),
      AbortSignal.any([deadline.signal, limit]),
    );
    // One that the end of all waiting has cut off tells nothing: what was said before it stands.
    if (limit.aborted && timeout > left) return code === 0;
    tail = said;
    last = limit.aborted ? `no result after ${timeout} ms` : `exit code ${code}`;
    return code === 0;
  });
  if (done === true) return undefined;
  if (done !== undefined) return { problem: `ended with exit code ${done} before it was healthy` };
  const problem = `HEALTHCHECK ${args.join(" ")}: ${last} within ${healthyWithin} ms, expected exit code 0`;
  return { problem, output: tail.lines() };
}

/** True once `look` says so, the exit code where the service ends before, undefined where the time is up. */
async function untilDeadline(
  { at, signal, gone }: Deadline,
  interval: number,
  look: (left: number) => Promise<boolean>,
): Promise<true | number | undefined> {
  for (let pause = 0; ; pause = interval) {
    const code = await Promise.race([gone, wait(pause, undefined, { signal, ref: false })]);
    if (code !== undefined) return code;
    const left = at - performance.now();
    if (left <= 0) return undefined;
    if (await look(left)) return true;
  }
}

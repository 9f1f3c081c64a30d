import { inspect } from "node:util";
import type { SeaworthyError } from "@seaworthy/oci";
import { describe, expect, it } from "vitest";
import { ReleaseError } from "../error.ts";
import { notifyAll } from "./all.ts";
import type { News, Notifier } from "./notifier.ts";
import { SUCCESS } from "./notifier.contract.ts";

/** Keeps what it is told. */
class Board implements Notifier {
  readonly name = "board";
  readonly told: News[] = [];

  notify(news: News): Promise<void> {
    this.told.push(news);
    return Promise.resolve();
  }
}

function notifier(name: string, notify: Notifier["notify"]): Notifier {
  return { name, notify };
}

/** Tells them of a success; what was a problem. */
async function tellAll(
  notifiers: readonly Notifier[],
  { timeout, signal = new AbortController().signal }: { timeout?: number; signal?: AbortSignal } = {},
): Promise<readonly SeaworthyError[]> {
  const problems: SeaworthyError[] = [];
  const onProblem = (problem: SeaworthyError): void => void problems.push(problem);
  await notifyAll(notifiers, SUCCESS, { onProblem, signal, ...(timeout === undefined ? {} : { timeout }) });
  return problems;
}

const never = (): Promise<void> => new Promise(() => {});

describe("notifyAll", () => {
  it("tells everybody at once", async () => {
    const board = new Board();
    const first = Promise.withResolvers<void>();
    const waits = notifier("waits for the other", () => first.promise);
    const frees = notifier("frees it", () => Promise.resolve(first.resolve()));
    expect(await tellAll([waits, frees, board])).toEqual([]);
    expect(board.told).toEqual([SUCCESS]);
  });

  it("passes on why one failed, and tells the others", async () => {
    const board = new Board();
    const fault = new ReleaseError("notify-failed", "slack hooks.slack.com: 404 no_service");
    const problems = await tellAll([notifier("slack", () => Promise.reject(fault)), board]);
    expect(problems).toEqual([fault]);
    expect(board.told).toHaveLength(1);
  });

  it("names a fault that is none of ours and quotes nothing of it", async () => {
    const wrong = notifier("slack hooks.slack.com", () => {
      throw new TypeError("cannot reach https://hooks.slack.com/services/T0/B0/XyZ3f9a7cdd");
    });
    const problems = await tellAll([wrong]);
    expect(problems).toMatchObject([
      { message: "slack hooks.slack.com: stopped by a fault of seaworthy itself (TypeError)" },
    ]);
    expect(inspect(problems, { depth: 9, showHidden: true })).not.toContain("XyZ3f9a7cdd");
  });

  it("waits for nobody longer than the time given, whether they heed the signal or not", async () => {
    const heeds = notifier("heeds", (_, signal) => {
      const { promise, reject } = Promise.withResolvers<void>();
      signal.addEventListener("abort", () => reject(signal.reason as Error));
      return promise;
    });
    const problems = await tellAll([heeds, notifier("does not", never)], { timeout: 20 });
    expect(problems.map(({ message }) => message)).toEqual([
      "heeds: not told within 0.02 s",
      "does not: not told within 0.02 s",
    ]);
  });

  it("tells nobody of a run that was interrupted", async () => {
    const board = new Board();
    expect(await tellAll([board], { signal: AbortSignal.abort() })).toEqual([]);
    expect(board.told).toEqual([]);
  });

  it("ends without a problem when it is interrupted itself", async () => {
    const controller = new AbortController();
    const slow = notifier("slow", () => {
      controller.abort();
      return never();
    });
    expect(await tellAll([slow], { signal: controller.signal })).toEqual([]);
  });

  it("has nothing to do without notifiers", async () => {
    expect(await tellAll([])).toEqual([]);
  });
});

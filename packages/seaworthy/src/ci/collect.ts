import type { ProgressEvent } from "@seaworthy/builder";
import { type Lines, splitLines } from "../progress/lines.ts";
import { oneLine } from "../progress/text.ts";
import type { FailedStep, Notice, Seen, Span, StepSpan } from "./report.ts";

/** Remembers what steps say. */
export interface Collector {
  take(event: ProgressEvent): void;
  seen(): Seen;
}

/** @param clock milliseconds, from any beginning */
export function createCollector(clock: () => number): Collector {
  return new Memory(clock);
}

const MAX_STEPS = 2_000;
const MAX_WARNINGS = 100;
const MAX_FAILURES = 10;
const LAST_LINES = 20;

interface Running {
  readonly name: string;
  readonly parent: string | undefined;
  readonly start: number;
  readonly output: Lines;
  lastLines: readonly string[];
  failedWithin: boolean;
}

class Memory implements Collector {
  readonly #clock: () => number;
  readonly #began: number;
  readonly #running = new Map<string, Running>();
  readonly #stages: Span[] = [];
  readonly #steps: StepSpan[] = [];
  readonly #warnings: Notice[] = [];
  readonly #failures: FailedStep[] = [];

  constructor(clock: () => number) {
    this.#clock = clock;
    this.#began = clock();
  }

  take(event: ProgressEvent): void {
    switch (event.type) {
      case "start":
        return this.#begin(event);
      case "end":
        return this.#end(event);
      case "output": {
        const step = this.#running.get(event.id);
        if (step !== undefined) step.lastLines = lastOf([...step.lastLines, ...step.output.add(event.text)]);
        return;
      }
      case "warning": {
        const { message, place } = event;
        if (this.#warnings.length < MAX_WARNINGS) this.#warnings.push({ message, ...(place && { place }) });
        return;
      }
      case "advance":
        return;
    }
  }

  seen(): Seen {
    return {
      stages: this.#stages,
      steps: this.#steps,
      warnings: this.#warnings,
      failures: this.#failures,
    };
  }

  #begin({ id, name, parent }: ProgressEvent & { type: "start" }): void {
    const start = this.#clock() - this.#began;
    const empty = { output: splitLines(), lastLines: [], failedWithin: false };
    this.#running.set(id, { name: oneLine(name), parent, start, ...empty });
  }

  #end({ id, status, ms, note }: ProgressEvent & { type: "end" }): void {
    const step = this.#running.get(id);
    if (step === undefined) return;
    this.#running.delete(id);
    const { name, parent, start } = step;
    const above = this.#above(parent);
    const stage = above.length === 0 ? undefined : above.at(-1)!.name;
    const span = { name, start, ms, status, ...(note === undefined ? {} : { note: oneLine(note) }) };
    if (stage === undefined) this.#stages.push(span);
    else if (this.#steps.length < MAX_STEPS) this.#steps.push({ ...span, stage });
    if (status !== "failed") return;
    for (const whole of above) whole.failedWithin = true;
    if (step.failedWithin || this.#failures.length >= MAX_FAILURES) return;
    const lastLines = lastOf([...step.lastLines, ...step.output.rest()]);
    this.#failures.push({ ...span, stage: stage ?? name, lastLines });
  }

  /** What a step is part of, the stage last. One whose whole is not known is a stage itself. */
  #above(parent: string | undefined): readonly Running[] {
    const chain: Running[] = [];
    for (let id = parent; id !== undefined && chain.length < 8;) {
      const whole = this.#running.get(id);
      if (whole === undefined) break;
      chain.push(whole);
      id = whole.parent;
    }
    return chain;
  }
}

function lastOf(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => line !== "").slice(-LAST_LINES);
}

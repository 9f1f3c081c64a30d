import type { Progress } from "@seaworthy/builder";
import type { Clock } from "@seaworthy/oci";
import { plainText } from "../plain-text.ts";
import { troubleOf } from "./trouble.ts";
import { type Workload, counts, isComplete } from "./workload.ts";

/** A step for each workload, from its first look until it is complete. */
export class Steps {
  readonly #progress: Progress;
  readonly #clock: Clock;
  readonly #open = new Map<string, { readonly began: number; said: string }>();
  readonly #done = new Set<string>();

  constructor({ progress, clock }: { readonly progress: Progress; readonly clock: Clock }) {
    this.#progress = progress;
    this.#clock = clock;
  }

  saw(workload: Workload): void {
    const { name } = workload;
    if (this.#done.has(name)) return;
    const id = `kubernetes:${name}`;
    let step = this.#open.get(name);
    if (step === undefined) {
      step = { began: this.#clock.now(), said: "" };
      this.#open.set(name, step);
      this.#progress({ type: "start", id, name: `rollout ${name}` });
    }
    if (isComplete(workload)) {
      this.#open.delete(name);
      this.#done.add(name);
      const ms = this.#clock.now() - step.began;
      this.#progress({ type: "end", id, status: "done", ms, note: counts(workload) });
      return;
    }
    const trouble = workload.pods.map(troubleOf).find((each) => each !== undefined);
    const said = [counts(workload), trouble && `${trouble.reason}: ${trouble.text}`]
      .filter(Boolean)
      .join("; ");
    if (said === step.said) return;
    step.said = said;
    this.#progress({ type: "output", id, stream: "stdout", text: `${plainText(said)}\n` });
  }

  end(status: "done" | "failed" | "skipped"): void {
    for (const [name, { began }] of this.#open) {
      this.#progress({ type: "end", id: `kubernetes:${name}`, status, ms: this.#clock.now() - began });
    }
    this.#open.clear();
  }
}

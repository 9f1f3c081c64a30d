import { type Workload, deadEnd, exceeded } from "./workload.ts";

/**
 * Deployments that their controller gives up on. Who goes back from one that exceeded its deadline finds that still said of
 * it, until a pod of what it goes back to is ready: what is said at the first look is about what was there before.
 */
export class DeadEnds {
  /** By workload: since when that was said which was said at the first look. */
  readonly #before = new Map<string, string | undefined>();

  of(workload: Workload): string | undefined {
    const at = exceeded(workload)?.at;
    if (!this.#before.has(workload.name)) this.#before.set(workload.name, at);
    return this.#before.get(workload.name) === at ? undefined : deadEnd(workload);
  }
}

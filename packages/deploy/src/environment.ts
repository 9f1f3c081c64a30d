import type { Target } from "./target.ts";

/** Somewhere to deploy to, under a name. Times in milliseconds. */
export interface Environment {
  readonly name: string;
  readonly target: Target;
  /** For all services to become healthy. */
  readonly within: number;
  /** For what ran before to be back: a time of its own, however much the deployment has used up. */
  readonly backWithin: number;
}

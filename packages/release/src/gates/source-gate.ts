import type { GateResult } from "./gate.ts";

/** Decides about the sources before anything is made of them. */
export interface SourceGate {
  readonly name: string;
  /** For people: what it lets through. */
  readonly allowed: string;
  check(signal: AbortSignal): Promise<readonly GateResult[]>;
}

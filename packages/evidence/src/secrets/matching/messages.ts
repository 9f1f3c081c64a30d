import type { EvidenceErrorCode } from "../../error.ts";
import type { Match } from "../rule.ts";
import type { SecretText } from "../scanner.ts";

/** To the thread, which has got the rules as its data. Answered in any order. */
export interface Question {
  readonly id: number;
  readonly text: SecretText;
}

/** An error: copied between threads it would lose its class and what that adds. */
export interface Failed {
  readonly code?: EvidenceErrorCode;
  readonly message: string;
  readonly hint?: string;
}

export type Answer =
  | { readonly id: number; readonly matches: readonly Match[] }
  /** With one, the thread has no more to say. */
  | { readonly failed: Failed };

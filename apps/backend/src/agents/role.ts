import { z } from "zod";

import type { AgentName } from "../process/services.ts";

/** Prose is the model's text itself; a structured answer is JSON that fits the schema. */
type Answer =
  | { readonly form: "prose"; readonly schema: typeof prose }
  | { readonly form: "structured"; readonly schema: z.ZodType };

/** One agent: who it is, how it works, what it is given and what it gives back. */
export interface Role {
  readonly name: AgentName;
  readonly title: string;
  /** One sentence, in the present tense, shown by GET /v1/agents. */
  readonly purpose: string;
  /** Rules of the craft, in the order of their weight. */
  readonly instructions: readonly string[];
  /** Unknown keys are refused, so that a misspelt one does not silently change the result. */
  readonly input: z.ZodType;
  readonly answer: Answer;
}

export const prose = z.object({ text: z.string().min(1).describe("the prose, nothing else") });

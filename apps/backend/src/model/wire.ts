import { z } from "zod";

import { Fault } from "../http/fault.ts";
import { toLocatedFaults } from "../http/locate.ts";
import type { Completion, Usage } from "./model.ts";

const count = z.number().int().nonnegative();
const usage = z.object({ prompt_tokens: count, completion_tokens: count }).nullish().catch(undefined);

const completion = z.object({
  choices: z
    .array(
      z.object({
        message: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }),
        finish_reason: z.string().nullish(),
      }),
    )
    .min(1),
  usage,
});

const chunk = z.object({
  choices: z
    .array(
      z.object({
        delta: z.object({ content: z.string().nullish(), refusal: z.string().nullish() }).nullish(),
        finish_reason: z.string().nullish(),
      }),
    )
    .default([]),
  usage,
  error: z.union([z.string(), z.object({ message: z.string() })]).nullish(),
});

export type Chunk = z.output<typeof chunk>;

/** Reads the JSON answer of the API. Throws a Fault naming what is wrong with it. */
export function parseCompletion(text: string): Completion {
  const { choices, usage: tokens } = parse(text, completion);
  const [choice] = choices;
  const content = choice?.message.content ?? "";
  if (content === "") throw emptyAnswer(choice?.message.refusal ?? undefined);
  return { text: content, finishReason: choice?.finish_reason ?? "unknown", usage: toUsage(tokens) };
}

/** Reads one event of the API's stream. */
export function parseChunk(text: string): Chunk {
  return parse(text, chunk);
}

export function toUsage(tokens: z.output<typeof usage>): Usage | undefined {
  return tokens ? { inputTokens: tokens.prompt_tokens, outputTokens: tokens.completion_tokens } : undefined;
}

export function emptyAnswer(refusal: string | undefined): Fault {
  if (refusal) return new Fault("model_refused", `the model declined: ${refusal.slice(0, 300)}`);
  return new Fault("model_failed", "the model API sent an answer without text");
}

function parse<Schema extends z.ZodType>(text: string, schema: Schema): z.output<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // V8 quotes the text in its message; it may be anything, so only the fact is passed on.
    throw new Fault("model_failed", "the model API sent something that is not JSON", {}, { cause: error });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [fault] = toLocatedFaults(result.error);
  throw new Fault(
    "model_failed",
    `the model API's answer is not understood: ${fault?.path}: ${fault?.message}`,
  );
}

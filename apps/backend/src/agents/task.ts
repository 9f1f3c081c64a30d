import { z } from "zod";

import type { Role } from "./role.ts";

const options = z
  .strictObject({
    temperature: z.number().min(0).max(2).describe("passed to the model as it is").optional(),
    maxTokens: z.int().min(1).max(200_000).describe("passed to the model as max_tokens").optional(),
  })
  .default({});

const usage = z
  .object({ inputTokens: z.int().nonnegative(), outputTokens: z.int().nonnegative() })
  .nullable()
  .describe("tokens, or null where the model API does not tell");

/** What a client sends to an agent, through the gateway or directly. */
export function taskSchema(role: Role) {
  return z.strictObject({
    input: role.input,
    stream: z
      .boolean()
      .describe("answer with server-sent events; the Accept header decides if absent")
      .optional(),
    options,
  });
}

/** What an agent answers, and what the last event of a stream holds. */
export function resultSchema(role: Role) {
  return z.object({
    agent: z.literal(role.name),
    output: role.answer.schema,
    model: z.string(),
    finishReason: z.string().describe('the model\'s word; "length" means that the text was cut'),
    usage,
    requestId: z.string(),
  });
}

export type TaskResult = z.output<ReturnType<typeof resultSchema>>;

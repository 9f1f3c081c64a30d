import type { z } from "zod";

import { Fault } from "../http/fault.ts";
import { toLocatedFaults } from "../http/locate.ts";
import type { Completion } from "../model/model.ts";
import type { Role } from "./role.ts";

/** Reads what the model wrote into the role's output. Throws model_output_invalid, with paths. */
export function readAnswer(role: Role, completion: Completion): unknown {
  if (role.answer.form === "prose") return role.answer.schema.parse({ text: completion.text.trim() });
  const value = findJson(completion);
  const first = role.answer.schema.safeParse(value);
  if (first.success) return first.data;
  // Models like to add keys of their own. Those are dropped; anything else that does not fit is a fault.
  dropUnknownKeys(value, first.error);
  const second = role.answer.schema.safeParse(value);
  if (second.success) return second.data;
  const faults = toLocatedFaults(second.error).map(({ path, message }) => ({
    path: `output.${path}`,
    message,
  }));
  const [fault] = faults;
  const message = `the model's answer does not fit: ${fault?.path}: ${fault?.message}`;
  throw new Fault("model_output_invalid", message, { faults });
}

/** The JSON object in the text, whether it is bare, fenced, or wrapped in a polite sentence. */
function findJson({ text, finishReason }: Completion): unknown {
  const start = text.indexOf("{");
  const end = text.lastIndexOf("}");
  try {
    return JSON.parse(text.slice(start, end + 1));
  } catch (error) {
    const why =
      finishReason === "length" ? "the answer was cut at the token limit" : "the answer is not JSON";
    throw new Fault("model_output_invalid", `the model's answer does not fit: ${why}`, {}, { cause: error });
  }
}

function dropUnknownKeys(value: unknown, error: z.ZodError): void {
  for (const issue of error.issues) {
    if (issue.code !== "unrecognized_keys") continue;
    let parent: unknown = value;
    for (const part of issue.path) parent = (parent as Record<PropertyKey, unknown>)[part];
    for (const key of issue.keys) delete (parent as Record<string, unknown>)[key];
  }
}

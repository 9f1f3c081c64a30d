import { z } from "zod";

import { roles } from "../agents/roles/index.ts";
import { agentNames } from "../process/services.ts";

/** The ten agents with what they take and give as JSON Schema, so that a client can be written from it. */
export function describeAgents() {
  return agentNames.map((name) => {
    const { title, purpose, input, answer } = roles[name];
    return {
      name,
      title,
      purpose,
      form: answer.form,
      input: z.toJSONSchema(input, { io: "input" }),
      output: z.toJSONSchema(answer.schema, { io: "output" }),
    };
  });
}

import { z } from "zod";

import { Fault, isFaultCode, type FaultCode, type FaultDetails } from "../http/fault.ts";
import type { AgentName } from "../process/services.ts";

const located = z.object({ path: z.string(), message: z.string() });

const errorAnswer = z.object({
  error: z.object({
    code: z.string(),
    message: z.string().max(2_000),
    faults: z.array(located).max(20).optional(),
    missing: z.array(z.string()).max(20).optional(),
  }),
});

/** An agent's own errors that concern the client; the others say that agent and gateway do not fit together. */
function concernsClient(code: FaultCode): boolean {
  return code.startsWith("model_") || code === "shutting_down" || code === "invalid_request";
}

/** The agent's error as the gateway's, with the agent's name; anything that is not our error is agent_failed. */
export function fromAgentError(agent: AgentName, status: number, text: string, retry: FaultDetails): Fault {
  const result = errorAnswer.safeParse(toJson(text));
  const code = result.data?.error.code;
  if (!result.success || !isFaultCode(code) || !concernsClient(code)) {
    return new Fault("agent_failed", `agent "${agent}" answered ${status}`, { agent });
  }
  const { message, faults, missing } = result.data.error;
  return new Fault(code, `agent "${agent}": ${message}`, {
    agent,
    ...retry,
    ...(faults ? { faults } : {}),
    ...(missing ? { missing } : {}),
  });
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

import { z } from "zod";

import { codeOf, isTimeout } from "../http/upstream.ts";
import { agentNames, type AgentName } from "../process/services.ts";
import type { AgentClient } from "./agent-client.ts";

const probeTimeoutMs = 1_500;

/** Anybody may ask for /ready, and each answer costs ten calls, so one is used for this long. Longer than a probe, so that they never overlap. */
const keepMs = 2_000;

export const agentStateSchema = z.object({
  name: z.enum(agentNames),
  state: z.enum(["ready", "not_ready", "down"]),
  reason: z.string().optional(),
});

export type AgentState = z.output<typeof agentStateSchema>;

/** Asks all agents at once, and again only when the last answer is two seconds old. */
export class Readiness {
  readonly #client: AgentClient;
  #latest: { readonly at: number; readonly states: Promise<readonly AgentState[]> } | undefined;

  constructor(client: AgentClient) {
    this.#client = client;
  }

  async states(): Promise<readonly AgentState[]> {
    const now = performance.now();
    if (!this.#latest || now - this.#latest.at > keepMs) {
      const states = Promise.all(agentNames.map((name) => this.#probe(name)));
      this.#latest = { at: now, states };
    }
    return await this.#latest.states;
  }

  async #probe(name: AgentName): Promise<AgentState> {
    try {
      const { status, text } = await this.#client.probe(name, probeTimeoutMs);
      return status === 200
        ? { name, state: "ready" }
        : { name, state: "not_ready", reason: reasonIn(text, status) };
    } catch (error) {
      return {
        name,
        state: "down",
        reason: isTimeout(error) ? `no answer within ${probeTimeoutMs} ms` : codeOf(error),
      };
    }
  }
}

const errorAnswer = z.object({ error: z.object({ code: z.string().max(64) }) });

function reasonIn(text: string, status: number): string {
  try {
    return errorAnswer.parse(JSON.parse(text)).error.code;
  } catch {
    return `answered ${status}`;
  }
}

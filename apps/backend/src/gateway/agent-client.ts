import type { Readable } from "node:stream";

import { Agent, request, type Dispatcher } from "undici";
import { z } from "zod";

import { Fault } from "../http/fault.ts";
import { readText } from "../http/read-text.ts";
import { codeOf, isTimeout, retryDetails, tolerant } from "../http/upstream.ts";
import type { AgentName } from "../process/services.ts";
import { fromAgentError } from "./agent-error.ts";

/** An answer holds a chapter and the findings about it; this is far above. */
export const maxAnswerBytes = 16 * 1_048_576;
const maxErrorBytes = 65_536;

const resultAnswer = z.looseObject({ agent: z.string(), output: z.unknown() });

export interface AgentCall {
  readonly agent: AgentName;
  readonly body: string;
  readonly requestId: string;
  /** Aborts with the Fault that shall be thrown. */
  readonly signal: AbortSignal;
}

interface ClientOptions {
  readonly urls: Readonly<Record<AgentName, string>>;
  /** For a whole answer; in a stream, for the longest silence. */
  readonly timeoutMs: number;
}

/** Talks to the agents. Every failure is a Fault that names the agent and neither its host nor its address. */
export class AgentClient {
  readonly #urls: Readonly<Record<AgentName, string>>;
  readonly #timeoutMs: number;
  readonly #pool: Agent;

  constructor({ urls, timeoutMs }: ClientOptions) {
    this.#urls = urls;
    this.#timeoutMs = timeoutMs;
    this.#pool = new Agent({
      connect: { timeout: 3_000 },
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
    });
  }

  /** The agent's answer as it came, checked to be a result. */
  async complete(call: AgentCall): Promise<Record<string, unknown>> {
    const deadline = AbortSignal.timeout(this.#timeoutMs);
    try {
      const response = await this.#post(call, "application/json", AbortSignal.any([call.signal, deadline]));
      return parseResult(call.agent, await readText(response.body, maxAnswerBytes));
    } catch (error) {
      throw this.toFault(error, call);
    }
  }

  /** The agent's event stream as bytes. Reading it may throw: give what it throws to toFault. */
  async stream(call: AgentCall): Promise<Readable> {
    try {
      const response = await this.#post(call, "text/event-stream", call.signal);
      if (String(response.headers["content-type"]).startsWith("text/event-stream")) return response.body;
      response.body.destroy();
      throw failed(call.agent, "answered a request for a stream with something else");
    } catch (error) {
      throw this.toFault(error, call);
    }
  }

  /** Asks an agent whether it is ready. Returns its status and body, or throws what the network threw. */
  async probe(agent: AgentName, timeoutMs: number): Promise<{ status: number; text: string }> {
    const response = tolerant(
      await request(`${this.#urls[agent]}/ready`, {
        dispatcher: this.#pool,
        signal: AbortSignal.timeout(timeoutMs),
      }),
    );
    return { status: response.statusCode, text: await readText(response.body, maxErrorBytes) };
  }

  toFault(error: unknown, { agent, signal }: AgentCall): Fault {
    if (signal.aborted && signal.reason instanceof Fault) return signal.reason;
    if (error instanceof Fault) return error;
    const options = { cause: error };
    if (isTimeout(error)) {
      const message = `agent "${agent}" did not answer within ${this.#timeoutMs} ms`;
      return new Fault("agent_timeout", message, { agent }, options);
    }
    if (error instanceof RangeError || error instanceof TypeError) {
      return new Fault("agent_failed", `agent "${agent}": ${error.message}`, { agent }, options);
    }
    const message = `agent "${agent}" cannot be reached (${codeOf(error)})`;
    return new Fault("agent_unavailable", message, { agent }, options);
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  async #post(call: AgentCall, accept: string, signal: AbortSignal): Promise<Dispatcher.ResponseData> {
    const response = tolerant(
      await request(`${this.#urls[call.agent]}/v1/tasks`, {
        method: "POST",
        dispatcher: this.#pool,
        signal,
        headers: { "content-type": "application/json", accept, "x-request-id": call.requestId },
        body: call.body,
      }),
    );
    if (response.statusCode === 200) return response;
    const text = await readText(response.body, maxErrorBytes);
    throw fromAgentError(
      call.agent,
      response.statusCode,
      text,
      retryDetails(response.headers["retry-after"]),
    );
  }
}

function parseResult(agent: AgentName, text: string): Record<string, unknown> {
  try {
    return resultAnswer.parse(JSON.parse(text));
  } catch (error) {
    throw failed(agent, "sent an answer that is not understood", error);
  }
}

function failed(agent: AgentName, what: string, cause?: unknown): Fault {
  return new Fault("agent_failed", `agent "${agent}" ${what}`, { agent }, { cause });
}

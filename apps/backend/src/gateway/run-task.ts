import type { Readable } from "node:stream";

import type { Context } from "hono";
import { streamSSE, type SSEStreamingApi } from "hono/streaming";

import { roles } from "../agents/roles/index.ts";
import { taskSchema } from "../agents/task.ts";
import { reportFault } from "../http/answer-error.ts";
import type { ServiceParts } from "../http/base-app.ts";
import type { AppEnv } from "../http/context.ts";
import { faultEvent, setEventStreamHeaders, wantsEventStream } from "../http/event-stream.ts";
import { Fault } from "../http/fault.ts";
import { readJson } from "../http/json-body.ts";
import { WholeEvents } from "../http/whole-events.ts";
import { timeUpstream } from "../process/metrics.ts";
import type { AgentName } from "../process/services.ts";
import { maxAnswerBytes, type AgentCall, type AgentClient } from "./agent-client.ts";

/** A stream may be slow as long as it is not silent, but not for ever. */
const maxStreamMs = 16 * 60_000;

/** Validates a task, gives it to its agent and passes the answer back, whole or as events. */
export async function runTask(
  c: Context<AppEnv>,
  agent: AgentName,
  client: AgentClient,
  parts: ServiceParts,
): Promise<Response> {
  const task = await readJson(c, taskSchema(roles[agent]));
  const stream = wantsEventStream(c, task.stream);
  const call: AgentCall = {
    agent,
    body: JSON.stringify({ ...task, stream }),
    requestId: c.get("requestId"),
    signal: c.get("signal"),
  };
  const observe = timeUpstream(parts.metrics, agent);
  try {
    if (stream) return await relay(c, call, client, parts, observe);
    const result = await client.complete(call);
    observe();
    return c.json(result);
  } catch (error) {
    observe(error);
    throw error;
  }
}

async function relay(
  c: Context<AppEnv>,
  call: AgentCall,
  client: AgentClient,
  parts: ServiceParts,
  observe: (error?: unknown) => void,
): Promise<Response> {
  const signal = AbortSignal.any([call.signal, AbortSignal.timeout(maxStreamMs)]);
  const body = await client.stream({ ...call, signal });
  setEventStreamHeaders(c);
  return streamSSE(c, async (stream) => {
    try {
      await pass(body, stream, call.agent);
      observe();
    } catch (error) {
      const fault = reportFault(client.toFault(error, call), c, parts);
      observe(fault);
      await stream.writeSSE(faultEvent(fault, call.requestId));
    } finally {
      body.destroy();
    }
  });
}

/** Passes whole events on. An agent ends its stream with a result or an error; without one it was cut. */
async function pass(body: Readable, stream: SSEStreamingApi, agent: AgentName): Promise<void> {
  const events = new WholeEvents(maxAnswerBytes);
  let ended = false;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    const whole = events.push(chunk);
    if (whole.length === 0) continue;
    ended ||= /(^|\n)event: (result|error)\n/.test(whole.toString("latin1"));
    await stream.write(whole);
  }
  if (!ended) throw new Fault("agent_failed", `agent "${agent}" closed the stream before the end`, { agent });
}

import { Hono, type Context } from "hono";
import { streamSSE } from "hono/streaming";

import { answerFault, reportFault } from "../http/answer-error.ts";
import { installBase, type ServiceParts } from "../http/base-app.ts";
import type { AppEnv } from "../http/context.ts";
import { faultEvent, setEventStreamHeaders, startHeartbeat, wantsEventStream } from "../http/event-stream.ts";
import { Fault } from "../http/fault.ts";
import { limitBody, readJson } from "../http/json-body.ts";
import type { ChatRequest, Completion, Model, ModelEvent } from "../model/model.ts";
import { timeUpstream } from "../process/metrics.ts";
import { readAnswer } from "./answer.ts";
import { toMessages } from "./prompt.ts";
import type { Role } from "./role.ts";
import { taskSchema, type TaskResult } from "./task.ts";

/** A model, or the names of the variables without which there is none. */
export type ModelState = { readonly model: Model } | { readonly missing: readonly string[] };

/** The one runtime of all ten agents; what makes an agent is its role. */
export function createAgentApp(role: Role, state: ModelState, parts: ServiceParts): Hono<AppEnv> {
  const app = installBase(new Hono<AppEnv>(), parts);
  const schema = taskSchema(role);
  // Not ready is an answer here, not a fault to be logged with every probe.
  app.get("/ready", (c) => {
    if (parts.inFlight.draining)
      return answerFault(new Fault("shutting_down", "the service is shutting down"), c);
    if ("missing" in state) return answerFault(notConfigured(state.missing), c);
    return c.json({ status: "ready", service: parts.name, model: state.model.name });
  });
  app.post("/v1/tasks", limitBody, async (c) => {
    c.set("agent", role.name);
    if ("missing" in state) throw notConfigured(state.missing);
    const task = await readJson(c, schema);
    const chat: ChatRequest = {
      messages: toMessages(role, task.input),
      temperature: task.options.temperature,
      maxTokens: task.options.maxTokens,
      requestId: c.get("requestId"),
    };
    const run = new TaskRun(role, state.model, parts, c);
    return wantsEventStream(c, task.stream) ? await run.stream(chat) : c.json(await run.complete(chat));
  });
  return app;
}

function notConfigured(missing: readonly string[]): Fault {
  return new Fault("model_not_configured", `no model is configured; set ${missing.join(" and ")}`, {
    missing,
  });
}

/** One task on its way through the model. */
class TaskRun {
  readonly #role: Role;
  readonly #model: Model;
  readonly #parts: ServiceParts;
  readonly #c: Context<AppEnv>;

  constructor(role: Role, model: Model, parts: ServiceParts, c: Context<AppEnv>) {
    this.#role = role;
    this.#model = model;
    this.#parts = parts;
    this.#c = c;
  }

  async complete(chat: ChatRequest): Promise<TaskResult> {
    const observe = timeUpstream(this.#parts.metrics, "model");
    try {
      const result = this.#toResult(await this.#model.complete(chat, this.#c.get("signal")));
      observe();
      return result;
    } catch (error) {
      observe(error);
      throw error;
    }
  }

  /** Resolves when the model has accepted: errors before that are HTTP errors, later ones are events. */
  async stream(chat: ChatRequest): Promise<Response> {
    const c = this.#c;
    const observe = timeUpstream(this.#parts.metrics, "model");
    const events = await this.#model.stream(chat, c.get("signal")).catch((error: unknown) => {
      observe(error);
      throw error;
    });
    setEventStreamHeaders(c);
    return streamSSE(c, async (stream) => {
      const stopHeartbeat = startHeartbeat(stream);
      try {
        await this.#relay(events, (event, data) => stream.writeSSE({ event, data: JSON.stringify(data) }));
        observe();
      } catch (error) {
        observe(error);
        await stream.writeSSE(faultEvent(reportFault(error, c, this.#parts), c.get("requestId")));
      } finally {
        stopHeartbeat();
      }
    });
  }

  async #relay(events: AsyncIterable<ModelEvent>, send: (event: string, data: unknown) => Promise<void>) {
    await send("start", {
      agent: this.#role.name,
      model: this.#model.name,
      requestId: this.#c.get("requestId"),
    });
    for await (const event of events) {
      if (event.kind === "delta") await send("delta", { text: event.text });
      else await send("result", this.#toResult(event.completion));
    }
  }

  #toResult(completion: Completion): TaskResult {
    return {
      agent: this.#role.name,
      output: readAnswer(this.#role, completion),
      model: this.#model.name,
      finishReason: completion.finishReason,
      usage: completion.usage ?? null,
      requestId: this.#c.get("requestId"),
    };
  }
}

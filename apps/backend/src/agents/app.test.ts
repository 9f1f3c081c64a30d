import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { agentNames } from "../process/services.ts";
import { ModelServer } from "../test/model-server.ts";
import { post, readEvents, run, type Running } from "../test/running.ts";
import { examples, modelText } from "../test/tasks.ts";

const key = "sk-very-secret";
let model: ModelServer;
const running: Running[] = [];

beforeAll(async () => {
  model = await ModelServer.start();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((service) => service.stop()));
});
afterAll(() => model.stop());

async function start(name: string, variables: Record<string, string> = {}): Promise<Running> {
  const env = {
    MODEL_BASE_URL: model.baseUrl,
    MODEL_NAME: "m-1",
    MODEL_API_KEY: key,
    DRAIN_TIMEOUT_MS: "50",
  };
  const service = await run(name, { ...env, ...variables });
  running.push(service);
  return service;
}

describe("without a model", () => {
  it("is alive, not ready, and answers 503 to every task", async () => {
    const { url, log } = await start("agent-writer", { MODEL_BASE_URL: "", MODEL_NAME: "" });
    const health = await fetch(`${url}/health`);
    expect(health.status).toBe(200);
    expect(await health.json()).toEqual({
      status: "ok",
      service: "agent-writer",
      version: "0.0.0-dev",
      revision: "unknown",
    });
    const missing = ["MODEL_BASE_URL", "MODEL_NAME"];
    for (const response of [await fetch(`${url}/ready`), await post(`${url}/v1/tasks`, "{}")]) {
      expect(response.status).toBe(503);
      expect(await response.json()).toMatchObject({ error: { code: "model_not_configured", missing } });
    }
    // The task is a fault, the probe is not.
    expect(log.filter(({ msg }) => msg === "fault")).toHaveLength(1);
  });
});

describe.each(agentNames)("agent-%s", (name) => {
  it("turns a task into a result, whole and streamed", async () => {
    const { url, log } = await start(`agent-${name}`);
    model.behaviour = { kind: "answer", text: modelText(name) };
    const { input, answer } = examples[name];
    const output = typeof answer === "string" ? { text: answer } : answer;

    const whole = await post(`${url}/v1/tasks`, { input }, { "x-request-id": "req-7" });
    expect(whole.status).toBe(200);
    expect(await whole.json()).toEqual({
      agent: name,
      output,
      model: "m-1",
      finishReason: "stop",
      usage: { inputTokens: 11, outputTokens: 7 },
      requestId: "req-7",
    });
    expect(model.requests.at(-1)?.headers["x-request-id"]).toBe("req-7");

    const events = await readEvents(await post(`${url}/v1/tasks`, { input, stream: true }));
    expect(events[0]).toMatchObject({ event: "start", data: { agent: name, model: "m-1" } });
    const deltas = events.filter(({ event }) => event === "delta");
    expect(deltas.map(({ data }) => data["text"]).join("")).toBe(modelText(name));
    expect(events.at(-1)).toMatchObject({ event: "result", data: { output, finishReason: "stop" } });
    expect(JSON.stringify(log)).not.toContain(key);
  });
});

describe("a task", () => {
  const task = { input: examples.critic.input };

  it("is streamed when Accept prefers events and the body does not say otherwise", async () => {
    const { url } = await start("agent-critic");
    model.behaviour = { kind: "answer", text: modelText("critic") };
    const type = async (accept: string, stream?: boolean) => {
      const response = await post(
        `${url}/v1/tasks`,
        { ...task, ...(stream === undefined ? {} : { stream }) },
        { accept },
      );
      await response.text();
      return response.headers.get("content-type");
    };
    expect(await type("text/event-stream")).toContain("text/event-stream");
    expect(await type("application/json;q=0.5, text/event-stream")).toContain("text/event-stream");
    expect(await type("text/event-stream", false)).toContain("application/json");
    expect(await type("*/*")).toContain("application/json");
    expect(await type("application/json", true)).toContain("text/event-stream");
  });

  it("passes its options to the model", async () => {
    const { url } = await start("agent-critic");
    model.behaviour = { kind: "answer", text: modelText("critic") };
    await post(`${url}/v1/tasks`, { ...task, options: { temperature: 0.2, maxTokens: 99 } });
    expect(model.requests.at(-1)?.body).toMatchObject({ temperature: 0.2, max_tokens: 99 });
  });

  it.each([
    [429, { "retry-after": "17" }, 429, "model_rate_limited", "17"],
    [401, {}, 502, "model_unauthorized", null],
    [500, {}, 502, "model_unavailable", null],
  ] as const)(
    "answers the model's %i with %o, streamed or not",
    async (status, headers, expected, code, retryAfter) => {
      const { url, log } = await start("agent-critic");
      model.behaviour = { kind: "status", status, headers, body: `{"error": {"message": "no ${key}"}}` };
      for (const stream of [false, true]) {
        const response = await post(`${url}/v1/tasks`, { ...task, stream });
        expect(response.status).toBe(expected);
        expect(response.headers.get("retry-after")).toBe(retryAfter);
        const text = await response.text();
        expect(JSON.parse(text)).toMatchObject({ error: { code } });
        expect(text + JSON.stringify(log)).not.toContain(key);
      }
    },
  );

  it("reports an answer that does not fit, with the path, also at the end of a stream", async () => {
    const { url } = await start("agent-critic");
    model.behaviour = { kind: "answer", text: '{"verdict": "fine"}' };
    const whole = await post(`${url}/v1/tasks`, task);
    expect(whole.status).toBe(502);
    expect(await whole.json()).toMatchObject({
      error: {
        code: "model_output_invalid",
        faults: expect.arrayContaining([{ path: "output.scores", message: expect.any(String) }]),
      },
    });
    const events = await readEvents(await post(`${url}/v1/tasks`, { ...task, stream: true }));
    expect(events.at(-1)).toMatchObject({
      event: "error",
      data: { error: { code: "model_output_invalid" } },
    });
  });

  it("ends a stream with an error event when the model's stream breaks", async () => {
    const { url } = await start("agent-critic");
    model.behaviour = { kind: "pieces", pieces: ["a", "b"], finally: "cut" };
    const events = await readEvents(await post(`${url}/v1/tasks`, { ...task, stream: true }));
    expect(events.at(-1)).toMatchObject({ event: "error", data: { error: { code: "model_unavailable" } } });
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });

  it("aborts the model call when the client leaves, streamed or not", async () => {
    const { url } = await start("agent-critic");
    for (const stream of [false, true]) {
      model.behaviour = stream ? { kind: "pieces", pieces: ["a"], finally: "hang" } : { kind: "hang" };
      const seen = model.requests.length;
      const controller = new AbortController();
      const work = post(`${url}/v1/tasks`, { ...task, stream }, {}, controller.signal).then((response) =>
        response.text(),
      );
      await expect.poll(() => model.requests.length).toBe(seen + 1);
      controller.abort();
      await expect(work).rejects.toThrow("abort");
      await model.requests.at(-1)?.closed;
    }
  });

  it("counts what the model answered", async () => {
    const { url } = await start("agent-critic");
    model.behaviour = { kind: "answer", text: modelText("critic") };
    await post(`${url}/v1/tasks`, task);
    model.behaviour = { kind: "status", status: 500, body: "" };
    await post(`${url}/v1/tasks`, task);
    const metrics = await (await fetch(`${url}/metrics`)).text();
    const count = (outcome: string) =>
      new RegExp(
        `upstream_request_duration_seconds_count\\{.*upstream="model",outcome="${outcome}"\\} (\\d+)`,
      ).exec(metrics)?.[1];
    expect(count("ok")).toBe("1");
    expect(count("model_unavailable")).toBe("1");
    expect(metrics).toContain('faults_total{code="model_unavailable",service="agent-critic"} 1');
  });
});

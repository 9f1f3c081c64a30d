import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { Fault, type FaultCode } from "../http/fault.ts";
import { Secret } from "../process/secret.ts";
import { ModelServer } from "../test/model-server.ts";
import { ChatCompletionsModel } from "./chat-completions.ts";
import type { ChatRequest, ModelEvent } from "./model.ts";

const key = "sk-very-secret";
const chat: ChatRequest = { messages: [{ role: "user", content: "hello" }], requestId: "req-1" };
const never = new AbortController().signal;

let server: ModelServer;
const open: ChatCompletionsModel[] = [];

beforeAll(async () => {
  server = await ModelServer.start();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((model) => model.close()));
});
afterAll(() => server.stop());

function connect({
  timeoutMs = 5_000,
  baseUrl = server.baseUrl,
  apiKey = new Secret(key),
} = {}): ChatCompletionsModel {
  const model = new ChatCompletionsModel({ configured: true, baseUrl, model: "m-1", apiKey, timeoutMs });
  open.push(model);
  return model;
}

async function collect(events: AsyncIterable<ModelEvent>): Promise<ModelEvent[]> {
  const all: ModelEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

async function streamAll(model: ChatCompletionsModel, signal = never): Promise<ModelEvent[]> {
  return await collect(await model.stream(chat, signal));
}

async function faultOf(work: Promise<unknown>): Promise<Fault> {
  const error = await work.then(
    () => new Error("nothing was thrown"),
    (reason: unknown) => reason,
  );
  if (error instanceof Fault) return error;
  throw error;
}

describe("a request", () => {
  it("carries the key, the request id, the model, and options only when asked for", async () => {
    server.behaviour = { kind: "answer", text: "hi" };
    await connect().complete(chat, never);
    await connect().complete({ ...chat, temperature: 0, maxTokens: 9 }, never);
    const [plain, full] = server.requests.slice(-2);
    expect(plain?.headers).toMatchObject({ authorization: `Bearer ${key}`, "x-request-id": "req-1" });
    expect(plain?.body).toEqual({ model: "m-1", messages: chat.messages, stream: false });
    expect(full?.body).toMatchObject({ temperature: 0, max_tokens: 9 });
  });
});

describe("complete", () => {
  it("returns the text, the reason and the tokens", async () => {
    server.behaviour = { kind: "answer", text: "naïve ✓ 你好", finishReason: "length" };
    expect(await connect().complete(chat, never)).toEqual({
      text: "naïve ✓ 你好",
      finishReason: "length",
      usage: { inputTokens: 11, outputTokens: 7 },
    });
  });

  it.each<[number, FaultCode, string]>([
    [401, "model_unauthorized", "refused our key (401)"],
    [403, "model_unauthorized", "refused our key (403)"],
    [404, "model_refused", "(404: the reason)"],
    [408, "model_timeout", "gave up waiting"],
    [422, "model_refused", "(422: the reason)"],
    [429, "model_rate_limited", "is limiting us (429: the reason)"],
    [500, "model_unavailable", "in trouble (500: the reason)"],
    [503, "model_unavailable", "in trouble (503: the reason)"],
    [504, "model_timeout", "gave up waiting"],
    [302, "model_failed", "answered 302, expected 200"],
  ])("makes %i a fault of code %s", async (status, code, message) => {
    const body =
      status === 401 || status === 403
        ? `{"error": "bad key ${key}"}`
        : '{"error": {"message": "the reason"}}';
    server.behaviour = { kind: "status", status, body, headers: { location: "http://127.0.0.1:1/" } };
    for (const work of [connect().complete(chat, never), streamAll(connect())]) {
      const fault = await faultOf(work);
      expect(fault.code).toBe(code);
      expect(fault.message).toContain(message);
      expect(fault.message).not.toContain(key);
    }
  });

  it("scrubs the key from the reason and keeps it short", async () => {
    const message = `${"no ".repeat(50)} ${key} ${"x".repeat(10_000)}`;
    server.behaviour = { kind: "status", status: 400, body: JSON.stringify({ error: { message } }) };
    const fault = await faultOf(connect().complete(chat, never));
    expect(fault.message).toContain("[redacted]");
    expect(fault.message).not.toContain(key);
    expect(fault.message.length).toBeLessThan(400);
  });

  it.each([
    ["7", "7"],
    ["Wed, 21 Oct 2026 07:28:00 GMT", "Wed, 21 Oct 2026 07:28:00 GMT"],
    ["soon", undefined],
    ["-1", undefined],
  ])("passes Retry-After: %s on as %s", async (header, expected) => {
    server.behaviour = { kind: "status", status: 429, body: "<html>", headers: { "retry-after": header } };
    const fault = await faultOf(connect().complete(chat, never));
    expect(fault.details.retryAfter).toBe(expected);
    expect(fault.message).toBe("the model API is limiting us (429)");
  });

  it.each([
    ["<html>", "something that is not JSON"],
    ["{}", "choices: "],
    ['{"choices": []}', "choices: "],
    ['{"choices": [{"message": {"content": null}}]}', "without text"],
    ['{"choices": [{"message": {"content": 7}}]}', "choices[0].message.content: "],
  ])("refuses the answer %s", async (text, message) => {
    server.behaviour = { kind: "raw", type: "application/json", bytes: Buffer.from(text) };
    const fault = await faultOf(connect().complete(chat, never));
    expect(fault.code).toBe("model_failed");
    expect(fault.message).toContain(message);
  });

  it("passes on that the model declined", async () => {
    const text = JSON.stringify({ choices: [{ message: { content: null, refusal: "I would rather not" } }] });
    server.behaviour = { kind: "raw", type: "application/json", bytes: Buffer.from(text) };
    const fault = await faultOf(connect().complete(chat, never));
    expect(fault).toMatchObject({ code: "model_refused", message: "the model declined: I would rather not" });
  });

  it("refuses an answer beyond the limit and one that is not UTF-8", async () => {
    server.behaviour = { kind: "raw", type: "application/json", bytes: Buffer.alloc(9 * 1_048_576, 0x20) };
    expect((await faultOf(connect().complete(chat, never))).message).toContain("larger than 8388608 bytes");
    server.behaviour = { kind: "raw", type: "application/json", bytes: Buffer.from([0x22, 0xff, 0x22]) };
    expect((await faultOf(connect().complete(chat, never))).code).toBe("model_failed");
  });

  it("gives up on a server that is silent", async () => {
    server.behaviour = { kind: "hang" };
    const fault = await faultOf(connect({ timeoutMs: 150 }).complete(chat, never));
    expect(fault).toMatchObject({
      code: "model_timeout",
      message: "the model API did not answer within 150 ms",
    });
  });

  it("says that nobody listens, without naming the address", async () => {
    const fault = await faultOf(connect({ baseUrl: "http://127.0.0.1:1/v1" }).complete(chat, never));
    expect(fault).toMatchObject({
      code: "model_unavailable",
      message: "the model API cannot be reached (ECONNREFUSED)",
    });
  });

  it("rejects with the signal's reason and closes the connection", async () => {
    server.behaviour = { kind: "hang" };
    const controller = new AbortController();
    const seen = server.requests.length;
    const work = connect().complete(chat, controller.signal);
    await expect.poll(() => server.requests.length).toBe(seen + 1);
    const reason = new Fault("client_gone", "left");
    controller.abort(reason);
    expect(await faultOf(work)).toBe(reason);
    await server.requests.at(-1)?.closed;
  });
});

describe("stream", () => {
  it("yields the pieces in order, then the whole", async () => {
    const text = "Es war einmal 你好 — und so weiter.";
    server.behaviour = { kind: "answer", text };
    const events = await streamAll(connect());
    const last = events.pop();
    expect(events.map((event) => (event.kind === "delta" ? event.text : "?")).join("")).toBe(text);
    expect(events.length).toBeGreaterThan(3);
    expect(last).toEqual({
      kind: "done",
      completion: { text, finishReason: "stop", usage: { inputTokens: 11, outputTokens: 7 } },
    });
  });

  it("refuses a stream that breaks off", async () => {
    server.behaviour = { kind: "pieces", pieces: ["a", "b"], finally: "cut" };
    const fault = await faultOf(streamAll(connect()));
    expect(fault.code).toBe("model_unavailable");
  });

  it("refuses a stream that ends early but politely", async () => {
    server.behaviour = { kind: "pieces", pieces: ["a", "b"], finally: "end" };
    const fault = await faultOf(streamAll(connect()));
    expect(fault.message).toBe("the model API closed the stream before the answer was complete");
  });

  it("gives up on a stream that falls silent", async () => {
    server.behaviour = { kind: "pieces", pieces: ["a"], finally: "hang" };
    const fault = await faultOf(streamAll(connect({ timeoutMs: 150 })));
    expect(fault.code).toBe("model_timeout");
    await server.requests.at(-1)?.closed;
  });

  it("reports an error inside the stream, scrubbed", async () => {
    const bytes = Buffer.from(`data: {"error": {"message": "overloaded, ${key}"}}\n\n`);
    server.behaviour = { kind: "raw", type: "text/event-stream", bytes };
    const fault = await faultOf(streamAll(connect()));
    expect(fault.message).toBe("the model API broke off: overloaded, [redacted]");
  });

  it.each([
    ["text/event-stream", "data: not json\n\n", "something that is not JSON"],
    ["text/event-stream", "data: [DONE]\n\n", "without text"],
    ["application/json", "{}", "with something else"],
    ["text/event-stream", `data: ${"x".repeat(9 * 1_048_576)}`, "larger than 8388608 bytes"],
  ])("refuses %s %.20s", async (type, text, message) => {
    server.behaviour = { kind: "raw", type, bytes: Buffer.from(text) };
    const fault = await faultOf(streamAll(connect()));
    expect(fault.code).toBe("model_failed");
    expect(fault.message).toContain(message);
  });

  it("closes the connection when the reader leaves early", async () => {
    server.behaviour = { kind: "pieces", pieces: ["a", "b"], finally: "hang" };
    for await (const event of await connect().stream(chat, never)) {
      expect(event).toEqual({ kind: "delta", text: "a" });
      break;
    }
    await server.requests.at(-1)?.closed;
  });
});

import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, request as httpRequest, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { agentNames } from "../process/services.ts";
import { ModelServer } from "../test/model-server.ts";
import { post, readEvents, run, type Running } from "../test/running.ts";
import { examples, modelText } from "../test/tasks.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const nobody = "http://127.0.0.1:1";
const task = { input: examples.critic.input };

let model: ModelServer;
const running: Running[] = [];
const servers: Server[] = [];

beforeAll(async () => {
  model = await ModelServer.start();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((service) => service.stop()));
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});
afterAll(() => model.stop());

async function gateway(variables: Record<string, string> = {}): Promise<Running> {
  const agents = Object.fromEntries(agentNames.map((name) => [`AGENT_${name.toUpperCase()}_URL`, nobody]));
  const service = await run("api-gateway", { ...agents, DRAIN_TIMEOUT_MS: "50", ...variables });
  running.push(service);
  return service;
}

async function critic(variables: Record<string, string> = {}): Promise<Running> {
  const env = { MODEL_BASE_URL: model.baseUrl, MODEL_NAME: "m-1", DRAIN_TIMEOUT_MS: "50", ...variables };
  const service = await run("agent-critic", env);
  running.push(service);
  return service;
}

/** Something that listens where an agent should. */
async function impostor(handle: RequestListener): Promise<string> {
  const server = createServer(handle);
  servers.push(server);
  await once(server.listen(0, "127.0.0.1"), "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function errorOf(response: Response): Promise<Record<string, unknown>> {
  const { error } = (await response.json()) as { error: Record<string, unknown> };
  expect(error["requestId"]).toBe(response.headers.get("x-request-id"));
  return error;
}

describe("GET /health", () => {
  it("tells service, version and revision", async () => {
    const { url } = await gateway({ SERVICE_VERSION: "1.2.3", SERVICE_REVISION: "abc123" });
    const body = await (await fetch(`${url}/health`)).json();
    expect(body).toEqual({ status: "ok", service: "api-gateway", version: "1.2.3", revision: "abc123" });
  });
});

describe("GET /ready", () => {
  it("is 503 when no agent is ready, and says what each lacks", async () => {
    const agent = await critic({ MODEL_NAME: "" });
    const mute = await impostor(() => {});
    const { url } = await gateway({ AGENT_CRITIC_URL: agent.url, AGENT_WRITER_URL: mute });
    const response = await fetch(`${url}/ready`);
    expect(response.status).toBe(503);
    const { status, agents } = (await response.json()) as { status: string; agents: { name: string }[] };
    expect(status).toBe("not_ready");
    const by = Object.fromEntries(agents.map((state) => [state.name, state]));
    expect(Object.keys(by)).toEqual([...agentNames]);
    expect(by["critic"]).toEqual({ name: "critic", state: "not_ready", reason: "model_not_configured" });
    expect(by["writer"]).toEqual({ name: "writer", state: "down", reason: "no answer within 1500 ms" });
    expect(by["director"]).toEqual({ name: "director", state: "down", reason: "ECONNREFUSED" });
  });

  it("is 200 and degraded as soon as one agent is ready", async () => {
    const { url } = await gateway({ AGENT_CRITIC_URL: (await critic()).url });
    const response = await fetch(`${url}/ready`);
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({ status: "degraded" });
  });

  it("asks the agents once for many questions at a time", async () => {
    let probes = 0;
    const agent = await impostor((_request, response) => {
      probes++;
      response.end("{}");
    });
    const { url } = await gateway({ AGENT_CRITIC_URL: agent });
    await Promise.all(
      Array.from({ length: 20 }, () => fetch(`${url}/ready`).then((response) => response.text())),
    );
    expect(probes).toBe(1);
  });
});

describe("GET /v1/agents", () => {
  it("lists the ten with the schemas of what they take and give", async () => {
    const { url } = await gateway();
    const { agents } = (await (await fetch(`${url}/v1/agents`)).json()) as {
      agents: Record<string, unknown>[];
    };
    expect(agents.map(({ name }) => name)).toEqual([...agentNames]);
    for (const agent of agents) {
      expect(agent).toMatchObject({
        purpose: expect.any(String),
        form: expect.stringMatching(/^(prose|structured)$/),
        input: { type: "object", additionalProperties: false },
        output: { type: "object" },
      });
    }
  });
});

describe("API keys", () => {
  const env = { API_KEYS: `alice:${sha256("one")},bob:${sha256("two")}` };

  it("guard /v1 and nothing else", async () => {
    const { url, log } = await gateway(env);
    const statuses: Record<string, number> = {};
    for (const path of [
      "/health",
      "/ready",
      "/metrics",
      "/docs",
      "/openapi.json",
      "/v1/agents",
      "/v1/nothing",
    ]) {
      statuses[path] = (await fetch(url + path)).status;
    }
    expect(statuses).toEqual({
      "/health": 200,
      "/ready": 503,
      "/metrics": 200,
      "/docs": 200,
      "/openapi.json": 200,
      "/v1/agents": 401,
      "/v1/nothing": 401,
    });
    expect(log.some(({ level }) => level === "warn")).toBe(false);
  });

  it.each([{ authorization: "Bearer one" }, { authorization: "bearer two" }, { "x-api-key": "two" }])(
    "let %o in",
    async (headers: Record<string, string>) => {
      const { url } = await gateway(env);
      expect((await fetch(`${url}/v1/agents`, { headers })).status).toBe(200);
    },
  );

  it.each([
    [{}, 401, "key_missing", 'Bearer realm="api"'],
    [{ authorization: "Basic b25lOm9uZQ==" }, 401, "key_missing", 'Bearer realm="api"'],
    [{ authorization: "Bearer " }, 401, "key_missing", 'Bearer realm="api"'],
    [{ authorization: "Bearer three" }, 403, "key_refused", null],
    [{ authorization: `Bearer ${sha256("one")}` }, 403, "key_refused", null],
    [{ "x-api-key": "alice" }, 403, "key_refused", null],
  ])("answer %o with %i %s", async (headers: Record<string, string>, status, code, challenge) => {
    const { url, log } = await gateway(env);
    const response = await fetch(`${url}/v1/agents`, { headers });
    expect(response.status).toBe(status);
    expect(response.headers.get("www-authenticate")).toBe(challenge);
    expect(await errorOf(response)).toMatchObject({ code });
    await expect.poll(() => log.some(({ msg }) => msg === "request")).toBe(true);
    expect(JSON.stringify(log)).not.toMatch(/three|Bearer [a-z0-9]/);
  });

  it("are named in the log, and never sent to an agent", async () => {
    const seen: unknown[] = [];
    const agent = await impostor((incoming, response) => {
      seen.push(incoming.headers);
      response.setHeader("content-type", "application/json").end('{"agent": "critic", "output": {}}');
    });
    const { url, log } = await gateway({ ...env, AGENT_CRITIC_URL: agent });
    await post(`${url}/v1/agents/critic/tasks`, task, { authorization: "Bearer one", cookie: "a=b" });
    expect(seen[0]).not.toHaveProperty("authorization");
    expect(seen[0]).not.toHaveProperty("cookie");
    await expect
      .poll(() => log.find(({ msg }) => msg === "request"))
      .toMatchObject({ caller: "alice", agent: "critic" });
  });

  it("may be absent, with a warning", async () => {
    const { url, log } = await gateway();
    expect((await fetch(`${url}/v1/agents`)).status).toBe(200);
    expect(log.find(({ level }) => level === "warn")).toMatchObject({
      msg: expect.stringContaining("API_KEYS is empty"),
    });
  });
});

describe("the rate limit", () => {
  it("counts for each key and says when to come back", async () => {
    const { url } = await gateway({
      API_KEYS: `alice:${sha256("one")},bob:${sha256("two")}`,
      RATE_LIMIT_PER_MINUTE: "2",
    });
    const ask = (key: string) => fetch(`${url}/v1/agents`, { headers: { "x-api-key": key } });
    expect((await ask("one")).headers.get("ratelimit-remaining")).toBe("1");
    expect((await ask("one")).status).toBe(200);
    const refused = await ask("one");
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(Number(refused.headers.get("retry-after"))).toBeLessThanOrEqual(60);
    expect(await errorOf(refused)).toMatchObject({
      code: "rate_limited",
      message: "more than 2 requests a minute",
    });
    expect((await ask("two")).status).toBe(200);
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });
});

describe("bad requests", () => {
  it("to an unknown agent list those that exist", async () => {
    const { url } = await gateway();
    const response = await post(`${url}/v1/agents/poet/tasks`, task);
    expect(response.status).toBe(404);
    expect(await errorOf(response)).toMatchObject({ code: "unknown_agent", agents: agentNames });
  });

  it("carry the path of each fault", async () => {
    const { url } = await gateway();
    const body = {
      input: { ...examples.director.input, characters: [{ name: "Ida" }] },
      options: { temperature: 3 },
    };
    const response = await post(`${url}/v1/agents/director/tasks`, body);
    expect(response.status).toBe(400);
    const error = await errorOf(response);
    expect(error["code"]).toBe("invalid_request");
    const paths = (error["faults"] as { path: string }[]).map(({ path }) => path);
    expect(paths).toEqual(["input.characters[0].role", "input.characters[0].want", "options.temperature"]);
  });

  it("that are no JSON are told where", async () => {
    const { url } = await gateway();
    const response = await post(`${url}/v1/agents/critic/tasks`, '{"input": {"text": }}');
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toMatchObject({ code: "bad_json", faults: [{ path: "input.text" }] });
  });

  it("without the JSON content type are refused", async () => {
    const { url } = await gateway();
    const response = await post(`${url}/v1/agents/critic/tasks`, task, { "content-type": "text/plain" });
    expect(response.status).toBe(415);
    expect(await errorOf(response)).toMatchObject({ code: "unsupported_media_type" });
  });

  it.each([true, false])("larger than 1 MB are refused (announced: %s)", async (announced) => {
    const { url, log } = await gateway();
    const big = Buffer.alloc(1_048_577, 0x20);
    const answer = await new Promise<{ status: number; body: string }>((resolve, reject) => {
      const outgoing = httpRequest(`${url}/v1/agents/critic/tasks`, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          ...(announced ? { "content-length": big.length } : {}),
        },
      });
      outgoing.on("error", reject);
      outgoing.on("response", (response) => {
        let body = "";
        response.on("data", (chunk: Buffer) => (body += chunk.toString()));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
      });
      outgoing.end(big);
    });
    expect(answer.status).toBe(413);
    expect(JSON.parse(answer.body)).toMatchObject({ error: { code: "body_too_large" } });
    expect(log.some(({ level }) => level === "error")).toBe(false);
  });

  it("of exactly 1 MB are read", async () => {
    const { url } = await gateway();
    const response = await post(`${url}/v1/agents/critic/tasks`, "{}".padEnd(1_048_576));
    expect(response.status).toBe(400);
  });

  it("with a method that is not there are told which is", async () => {
    const { url } = await gateway();
    const response = await fetch(`${url}/v1/agents/critic/tasks`, { method: "DELETE" });
    expect(response.status).toBe(405);
    expect(response.headers.get("allow")).toBe("POST");
    expect(await errorOf(response)).toMatchObject({ code: "method_not_allowed" });
  });

  it("to a page that is not there get the same shape of error", async () => {
    const { url } = await gateway();
    const response = await fetch(`${url}/nothing/../here`);
    expect(response.status).toBe(404);
    expect(await errorOf(response)).toMatchObject({ code: "not_found" });
  });
});

describe("request ids", () => {
  it("are taken over, passed on and returned", async () => {
    const agent = await critic();
    model.behaviour = { kind: "answer", text: modelText("critic") };
    const { url, log } = await gateway({ AGENT_CRITIC_URL: agent.url });
    const response = await post(`${url}/v1/agents/critic/tasks`, task, { "x-request-id": "story-42" });
    expect(response.headers.get("x-request-id")).toBe("story-42");
    expect(await response.json()).toMatchObject({ requestId: "story-42" });
    expect(model.requests.at(-1)?.headers["x-request-id"]).toBe("story-42");
    for (const lines of [log, agent.log]) {
      await expect
        .poll(() => lines.find(({ msg }) => msg === "request"))
        .toMatchObject({ requestId: "story-42" });
    }
  });

  it.each(["x".repeat(129), 'a"b', "a b", "ünï"])("that are not safe are replaced: %s", async (id) => {
    const { url } = await gateway();
    const response = await fetch(`${url}/health`, {
      headers: { "x-request-id": Buffer.from(id).toString("latin1") },
    });
    expect(response.headers.get("x-request-id")).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe("a task", () => {
  it("comes back whole, under either name of the agent", async () => {
    const { url } = await gateway({ AGENT_CRITIC_URL: (await critic()).url });
    model.behaviour = { kind: "answer", text: modelText("critic") };
    for (const name of ["critic", "agent-critic"]) {
      const response = await post(`${url}/v1/agents/${name}/tasks`, task);
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({
        agent: "critic",
        output: examples.critic.answer,
        model: "m-1",
      });
    }
  });

  it("is streamed event by event while the model still writes", async () => {
    const { url } = await gateway({ AGENT_CRITIC_URL: (await critic()).url });
    model.behaviour = { kind: "pieces", pieces: ["{", '"verdict"'], finally: "hang" };
    const controller = new AbortController();
    const response = await post(
      `${url}/v1/agents/critic/tasks`,
      { ...task, stream: true },
      {},
      controller.signal,
    );
    expect(response.headers.get("content-type")).toContain("text/event-stream");
    expect(response.headers.get("x-accel-buffering")).toBe("no");
    let text = "";
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString();
      if (text.includes("verdict")) break;
    }
    expect(text).toMatch(/^event: start\ndata: /);
    controller.abort();
    await model.requests.at(-1)?.closed;
  });

  it("ends with a result event", async () => {
    const { url } = await gateway({ AGENT_CRITIC_URL: (await critic()).url });
    model.behaviour = { kind: "answer", text: modelText("critic") };
    const events = await readEvents(
      await post(`${url}/v1/agents/critic/tasks`, task, { accept: "text/event-stream" }),
    );
    expect(events.at(-1)).toMatchObject({
      event: "result",
      data: { agent: "critic", output: examples.critic.answer },
    });
  });

  it("is aborted down to the model when the client leaves", async () => {
    const agent = await critic();
    const { url, log } = await gateway({ AGENT_CRITIC_URL: agent.url });
    model.behaviour = { kind: "hang" };
    const seen = model.requests.length;
    const controller = new AbortController();
    const work = post(`${url}/v1/agents/critic/tasks`, task, {}, controller.signal);
    await expect.poll(() => model.requests.length).toBe(seen + 1);
    controller.abort();
    await expect(work).rejects.toThrow("abort");
    await model.requests.at(-1)?.closed;
    await expect.poll(() => log.find(({ msg }) => msg === "request")).toMatchObject({ status: 499 });
  });
});

describe("an agent", () => {
  it("that is down is named in a 502", async () => {
    const { url } = await gateway();
    for (const stream of [true, false]) {
      const response = await post(`${url}/v1/agents/critic/tasks`, { ...task, stream });
      expect(response.status).toBe(502);
      expect(await errorOf(response)).toMatchObject({
        code: "agent_unavailable",
        agent: "critic",
        message: 'agent "critic" cannot be reached (ECONNREFUSED)',
      });
    }
  });

  it("that is too slow is named in a 504", async () => {
    const slow = await impostor(() => {});
    const trickling = await impostor((_request, response) => {
      response.setHeader("content-type", "application/json");
      const timer = setInterval(() => response.write(" "), 20);
      response.on("close", () => clearInterval(timer));
    });
    for (const agent of [slow, trickling]) {
      const { url } = await gateway({ AGENT_CRITIC_URL: agent, AGENT_TIMEOUT_MS: "200" });
      const response = await post(`${url}/v1/agents/critic/tasks`, task);
      expect(response.status).toBe(504);
      expect(await errorOf(response)).toMatchObject({
        code: "agent_timeout",
        agent: "critic",
        message: 'agent "critic" did not answer within 200 ms',
      });
    }
  });

  it("that falls silent in a stream is named in an error event", async () => {
    const agent = await impostor((_request, response) => {
      response.setHeader("content-type", "text/event-stream").write("event: start\ndata: {}\n\n");
    });
    const { url } = await gateway({ AGENT_CRITIC_URL: agent, AGENT_TIMEOUT_MS: "200" });
    const events = await readEvents(await post(`${url}/v1/agents/critic/tasks`, { ...task, stream: true }));
    expect(events.map(({ event }) => event)).toEqual(["start", "error"]);
    expect(events[1]?.data).toMatchObject({ error: { code: "agent_timeout", agent: "critic" } });
  });

  it.each([
    ["breaks the connection", true, "agent_unavailable"],
    ["ends early", false, "agent_failed"],
  ])("that %s inside an event is reported, and the half event is not sent", async (_how, cut, code) => {
    const agent = await impostor((_request, response) => {
      response.setHeader("content-type", "text/event-stream");
      response.write('event: delta\ndata: {"text": "a"}\n\nevent: delta\ndata: {"te');
      setTimeout(() => (cut ? response.destroy() : response.end()), 30);
    });
    const { url, log } = await gateway({ AGENT_CRITIC_URL: agent });
    const response = await post(`${url}/v1/agents/critic/tasks`, { ...task, stream: true });
    const text = await response.text();
    expect(text).toMatch(/^event: delta\ndata: \{"text": "a"\}\n\nevent: error\ndata: \{.*\}\n\n$/);
    expect(text).toContain(`"code":"${code}"`);
    expect(log.find(({ msg }) => msg === "fault")).toMatchObject({ code });
  });

  it.each([
    [200, "<html>", 502, "agent_failed"],
    [200, '{"output": 1}', 502, "agent_failed"],
    [200, Buffer.alloc(17 * 1_048_576, 0x20), 502, "agent_failed"],
    [404, "not here", 502, "agent_failed"],
    [500, '{"error": {"code": "internal", "message": "stack trace"}}', 502, "agent_failed"],
    [401, '{"error": {"code": "key_missing", "message": "x"}}', 502, "agent_failed"],
    [503, '{"error": {"code": "shutting_down", "message": "bye"}}', 503, "shutting_down"],
    [429, '{"error": {"code": "model_rate_limited", "message": "slow down"}}', 429, "model_rate_limited"],
    [200, "data: 1\n\n", 502, "agent_failed"],
  ])("that answers %i %.60s becomes %i %s", async (status, body, expected, code) => {
    const agent = await impostor((_request, response) => {
      response.writeHead(status, { "content-type": "application/json", "retry-after": "9" }).end(body);
    });
    const { url } = await gateway({ AGENT_CRITIC_URL: agent });
    const response = await post(`${url}/v1/agents/critic/tasks`, task);
    expect(response.status).toBe(expected);
    expect(response.headers.get("retry-after")).toBe(code === "agent_failed" ? null : "9");
    const error = await errorOf(response);
    expect(error).toMatchObject({ code, agent: "critic" });
    expect(error["message"]).toContain('agent "critic"');
    expect(error["message"]).not.toContain("stack trace");
  });

  it("without a model answers 503 through the gateway", async () => {
    const agent = await critic({ MODEL_BASE_URL: "" });
    const { url } = await gateway({ AGENT_CRITIC_URL: agent.url });
    for (const stream of [true, false]) {
      const response = await post(`${url}/v1/agents/critic/tasks`, { ...task, stream });
      expect(response.status).toBe(503);
      expect(await errorOf(response)).toMatchObject({
        code: "model_not_configured",
        agent: "critic",
        missing: ["MODEL_BASE_URL"],
      });
    }
  });
});

describe("GET /metrics", () => {
  it("counts by route, not by path, and by agent", async () => {
    const { url } = await gateway({ SERVICE_VERSION: "9.9.9" });
    await fetch(`${url}/some/random/path`);
    await post(`${url}/v1/agents/critic/tasks`, task);
    const response = await fetch(`${url}/metrics`);
    expect(response.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
    const text = await response.text();
    expect(text).toContain('route="unmatched",status="404"');
    expect(text).toContain('route="/v1/agents/:name/tasks",status="502"');
    expect(text).toContain('upstream="critic",outcome="agent_unavailable"');
    expect(text).toContain('service_info{version="9.9.9",revision="unknown",service="api-gateway"} 1');
    expect(text).not.toContain("random");
  });
});

describe("the API document", () => {
  type Operations = Record<string, { security?: unknown; responses: object }>;

  it("names every route and every error that a task can meet", async () => {
    const { url } = await gateway({ SERVICE_VERSION: "1.2.3" });
    const document = (await (await fetch(`${url}/openapi.json`)).json()) as {
      info: { version: string };
      paths: Record<string, Operations>;
      components: { schemas: object };
    };
    expect(document.info.version).toBe("1.2.3");
    expect(Object.keys(document.paths).toSorted()).toEqual([
      "/health",
      "/metrics",
      "/ready",
      "/v1/agents",
      "/v1/agents/{name}/tasks",
    ]);
    const operation = document.paths["/v1/agents/{name}/tasks"]?.["post"];
    expect(Object.keys(operation?.responses ?? {})).toEqual([
      "200",
      "400",
      "401",
      "403",
      "404",
      "413",
      "415",
      "429",
      "502",
      "503",
      "504",
    ]);
    const text = JSON.stringify(document);
    for (const [, name = ""] of text.matchAll(/"#\/components\/schemas\/([\w.]+)"/g)) {
      expect(Object.keys(document.components.schemas)).toContain(name);
    }
  });

  it("is a page that loads nothing and whose style its policy allows", async () => {
    const { url } = await gateway();
    const response = await fetch(`${url}/docs`);
    const page = await response.text();
    const style = /<style>([^]*)<\/style>/.exec(page)?.[1] ?? "";
    const hash = createHash("sha256").update(style).digest("base64");
    const policy = response.headers.get("content-security-policy");
    expect(policy).toContain(`style-src 'sha256-${hash}'`);
    expect(policy).toContain("default-src 'none'");
    expect(page).not.toMatch(/<script|<img|<link|src=|@import/);
    for (const name of agentNames) expect(page).toContain(`id="${name}.task"`);
  });
});

import { createRoute, z } from "@hono/zod-openapi";

import { agentNames } from "../process/services.ts";
import { agentStateSchema } from "./readiness.ts";

const errorSchema = z
  .object({
    error: z.object({
      code: z.string().describe("stable; branch on this"),
      message: z.string().describe("for people; may change"),
      requestId: z.string(),
      agent: z.string().optional(),
      agents: z.array(z.string()).optional(),
      faults: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
      missing: z.array(z.string()).optional(),
      allow: z.array(z.string()).optional(),
    }),
  })
  .openapi("Error");

const json = <Schema>(description: string, schema: Schema) => ({
  description,
  content: { "application/json": { schema } },
});

const failure = (description: string) => json(description, errorSchema);

const security = [{ bearer: [] }, { header: [] }];

const guarded = {
  401: failure("key_missing: no API key was sent"),
  403: failure("key_refused: the API key is not known"),
  429: failure("rate_limited; Retry-After says when to come back"),
};

const healthSchema = z.object({
  status: z.literal("ok"),
  service: z.string(),
  version: z.string(),
  revision: z.string(),
});

export const healthRoute = createRoute({
  method: "get",
  path: "/health",
  summary: "Is the process alive",
  responses: { 200: json("Alive", healthSchema) },
});

const readySchema = z.object({
  status: z.enum(["ready", "degraded", "not_ready"]),
  service: z.string(),
  agents: z.array(agentStateSchema),
});

export const readyRoute = createRoute({
  method: "get",
  path: "/ready",
  summary: "Which agents answer",
  description:
    "Ready as soon as one agent is: a part that fails should not take the whole away. Asked every two seconds at most.",
  responses: {
    200: json("At least one agent is ready", readySchema),
    503: json("No agent is ready", readySchema),
  },
});

export const metricsRoute = createRoute({
  method: "get",
  path: "/metrics",
  summary: "Numbers for Prometheus",
  responses: { 200: { description: "Text format", content: { "text/plain": { schema: z.string() } } } },
});

const jsonSchema = z.record(z.string(), z.unknown()).describe("JSON Schema");

const agentSchema = z.object({
  name: z.enum(agentNames),
  title: z.string(),
  purpose: z.string(),
  form: z.enum(["prose", "structured"]),
  input: jsonSchema,
  output: jsonSchema,
});

export const agentsRoute = createRoute({
  method: "get",
  path: "/v1/agents",
  summary: "The agents, and what each takes and gives",
  security,
  responses: { 200: json("The ten agents", z.object({ agents: z.array(agentSchema) })), ...guarded },
});

const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` });

const events =
  "Server-sent events: `start`, then `delta` with `text`, then one `result` with what the JSON answer holds, " +
  "or one `error`. Lines that start with a colon keep the connection open.";

export const taskRoute = createRoute({
  method: "post",
  path: "/v1/agents/{name}/tasks",
  summary: "Give an agent a task",
  description:
    "The input differs from agent to agent; see the schemas. Streamed when `stream` is true, or when it is absent and " +
    "Accept prefers text/event-stream.",
  security,
  request: {
    params: z.object({ name: z.enum(agentNames).describe("with or without the prefix agent-") }),
    body: {
      required: true,
      content: {
        "application/json": { schema: { anyOf: agentNames.map((name) => reference(`${name}.task`)) } },
      },
    },
  },
  responses: {
    200: {
      description: "The result",
      content: {
        "application/json": { schema: { anyOf: agentNames.map((name) => reference(`${name}.result`)) } },
        "text/event-stream": { schema: { type: "string", description: events } },
      },
    },
    ...guarded,
    400: failure("bad_json or invalid_request; faults say where"),
    404: failure("unknown_agent; agents lists those that exist"),
    413: failure("body_too_large: more than 1 MB"),
    415: failure("unsupported_media_type: not application/json"),
    502: failure("agent_unavailable, agent_failed, or the model API failed; agent names which"),
    503: failure("model_not_configured or shutting_down"),
    504: failure("agent_timeout or model_timeout"),
  },
});

import type { Hono } from "hono";
import type { Logger } from "pino";

import { createAgentApp, type ModelState } from "../agents/app.ts";
import { roles } from "../agents/roles/index.ts";
import { AgentClient } from "../gateway/agent-client.ts";
import { createGatewayApp } from "../gateway/app.ts";
import type { ServiceParts } from "../http/base-app.ts";
import type { AppEnv } from "../http/context.ts";
import { InFlight } from "../http/in-flight.ts";
import { listen } from "../http/listen.ts";
import { ChatCompletionsModel } from "../model/chat-completions.ts";
import type { Variables } from "./environment.ts";
import { createMetrics } from "./metrics.ts";
import type { Service } from "./services.ts";
import { readGatewaySettings, readModelSettings, type CommonSettings } from "./settings.ts";

/** A service that answers. */
export interface RunningService {
  readonly port: number;
  /** Drains and closes everything. Resolves within the drain time and half a second. */
  stop(): Promise<void>;
}

interface Built {
  readonly app: Hono<AppEnv>;
  close(): Promise<void>;
}

/** Starts one of the eleven services. Throws a StartError when a setting is wrong or the port is taken. */
export async function startService(
  service: Service,
  common: CommonSettings,
  variables: Variables,
  log: Logger,
): Promise<RunningService> {
  const { version, revision, host } = common;
  const inFlight = new InFlight();
  const metrics = createMetrics(service.name, version, revision);
  const parts: ServiceParts = { name: service.name, version, revision, log, metrics, inFlight };
  const built =
    service.kind === "gateway" ? buildGateway(variables, parts) : buildAgent(service, variables, parts);
  const listening = await listen(built.app, { host, port: common.port, inFlight });
  log.info({ host, port: listening.port, revision }, "listening");
  return {
    port: listening.port,
    async stop() {
      await listening.drain(common.drainMs);
      await built.close();
    },
  };
}

function buildGateway(variables: Variables, parts: ServiceParts): Built {
  const settings = readGatewaySettings(variables);
  if (settings.keys.length === 0)
    parts.log.warn("API_KEYS is empty: everybody who reaches this port may use the agents");
  const client = new AgentClient({ urls: settings.agents, timeoutMs: settings.agentTimeoutMs });
  return { app: createGatewayApp(settings, client, parts), close: () => client.close() };
}

function buildAgent(
  service: Extract<Service, { kind: "agent" }>,
  variables: Variables,
  parts: ServiceParts,
): Built {
  const settings = readModelSettings(variables);
  const role = roles[service.agent];
  if (!settings.configured) {
    parts.log.warn({ missing: settings.missing }, "no model is configured: tasks are answered with 503");
    const state: ModelState = { missing: settings.missing };
    return { app: createAgentApp(role, state, parts), close: async () => {} };
  }
  const model = new ChatCompletionsModel(settings);
  return { app: createAgentApp(role, { model }, parts), close: () => model.close() };
}

import { OpenAPIHono } from "@hono/zod-openapi";

import { installBase, type ServiceParts } from "../http/base-app.ts";
import type { AppEnv } from "../http/context.ts";
import { Fault } from "../http/fault.ts";
import { limitBody } from "../http/json-body.ts";
import { agentNames, toAgentName, type AgentName } from "../process/services.ts";
import type { GatewaySettings } from "../process/settings.ts";
import type { AgentClient } from "./agent-client.ts";
import { describeAgents } from "./agent-list.ts";
import { createDocument, registerDocument } from "./document.ts";
import { renderDocs } from "./docs-page.ts";
import { limitRate, requireKey } from "./guard.ts";
import { Readiness } from "./readiness.ts";
import { agentsRoute, readyRoute } from "./routes.ts";
import { runTask } from "./run-task.ts";

/** The public door: keys, limits and validation here, the work with the agents. */
export function createGatewayApp(settings: GatewaySettings, client: AgentClient, parts: ServiceParts) {
  const app = installBase(new OpenAPIHono<AppEnv>(), parts);
  const readiness = new Readiness(client);
  registerDocument(app);
  app.openapi(readyRoute, async (c) => {
    if (parts.inFlight.draining) throw new Fault("shutting_down", "the service is shutting down");
    const agents = [...(await readiness.states())];
    const ready = agents.filter(({ state }) => state === "ready").length;
    // One agent is enough: taking the gateway away would turn a part that fails into a whole.
    const status = ready === agents.length ? "ready" : ready > 0 ? "degraded" : "not_ready";
    return c.json({ status, service: parts.name, agents }, ready > 0 ? 200 : 503);
  });
  installDocs(app, parts);

  app.use("/v1/*", requireKey(settings.keys), limitRate(settings.requestsPerMinute));
  app.openapi(agentsRoute, (c) => c.json({ agents: describeAgents() }, 200));
  app.post("/v1/agents/:name/tasks", limitBody, async (c) => {
    const agent = requireAgent(c.req.param("name"));
    c.set("agent", agent);
    return await runTask(c, agent, client, parts);
  });
  return app;
}

function requireAgent(text: string): AgentName {
  const agent = toAgentName(text);
  if (agent !== undefined) return agent;
  const shown = JSON.stringify(text.slice(0, 80));
  throw new Fault("unknown_agent", `no agent is called ${shown}; there are ${agentNames.join(", ")}`, {
    agents: agentNames,
  });
}

/** The document and its page are made once, when somebody first asks. */
function installDocs(app: OpenAPIHono<AppEnv>, parts: ServiceParts): void {
  let document: ReturnType<typeof createDocument> | undefined;
  let page: ReturnType<typeof renderDocs> | undefined;
  const getDocument = () => (document ??= createDocument(app, parts.version));
  app.get("/openapi.json", (c) => c.json(getDocument()));
  app.get("/docs", (c) => {
    page ??= renderDocs(getDocument());
    return c.html(page.html, 200, { "Content-Security-Policy": page.policy });
  });
  app.get("/", (c) => c.redirect("/docs"));
}

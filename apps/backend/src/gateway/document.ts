import type { OpenAPIHono } from "@hono/zod-openapi";
import { z } from "zod";

import { roles } from "../agents/roles/index.ts";
import { resultSchema, taskSchema } from "../agents/task.ts";
import type { AppEnv } from "../http/context.ts";
import { agentNames } from "../process/services.ts";
import { healthRoute, metricsRoute, taskRoute } from "./routes.ts";

export type ApiDocument = ReturnType<typeof createDocument>;

/**
 * The OpenAPI 3.1 document. The agents' schemas are JSON Schema 2020-12 as zod makes it, the same that the
 * models are given, so that there is one truth about them.
 */
export function createDocument(app: OpenAPIHono<AppEnv>, version: string) {
  return app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Infinite Scribe",
      version,
      description: "Ten agents that write novels together, behind one gateway.",
      license: { name: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" },
    },
  });
}

/** Adds what the routes themselves do not register: pages shared by all services, tasks, keys, schemas. */
export function registerDocument({ openAPIRegistry: registry }: OpenAPIHono<AppEnv>): void {
  for (const route of [healthRoute, metricsRoute, taskRoute]) registry.registerPath(route);
  registry.registerComponent("securitySchemes", "bearer", { type: "http", scheme: "bearer" });
  registry.registerComponent("securitySchemes", "header", {
    type: "apiKey",
    in: "header",
    name: "X-API-Key",
  });
  for (const name of agentNames) {
    registry.registerComponent("schemas", `${name}.task`, toSchema(taskSchema(roles[name]), "input"));
    registry.registerComponent("schemas", `${name}.result`, toSchema(resultSchema(roles[name]), "output"));
  }
}

function toSchema(schema: z.ZodType, io: "input" | "output"): object {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
}

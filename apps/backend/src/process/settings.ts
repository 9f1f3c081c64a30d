import { parseApiKeys, type ApiKey } from "../gateway/api-keys.ts";
import { Environment, type Variables } from "./environment.ts";
import type { Secret } from "./secret.ts";
import { agentNames, type AgentName } from "./services.ts";

const logLevels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;

/** What every service needs. Times are milliseconds. */
export interface CommonSettings {
  readonly host: string;
  readonly port: number;
  readonly logLevel: (typeof logLevels)[number];
  readonly drainMs: number;
  readonly version: string;
  readonly revision: string;
}

export interface GatewaySettings {
  /** Empty means open to everybody. */
  readonly keys: readonly ApiKey[];
  readonly requestsPerMinute: number;
  readonly agents: Readonly<Record<AgentName, string>>;
  readonly agentTimeoutMs: number;
}

/** The chat-completions API, or the names of the variables that are missing. */
export type ModelSettings =
  | {
      readonly configured: true;
      readonly baseUrl: string;
      readonly model: string;
      readonly apiKey: Secret | undefined;
      readonly timeoutMs: number;
    }
  | { readonly configured: false; readonly missing: readonly string[] };

const second = 1_000;

export function readCommonSettings(variables: Variables): CommonSettings {
  const env = new Environment(variables);
  const settings: CommonSettings = {
    host: env.text("HOST") ?? "0.0.0.0",
    port: env.integer("PORT", { fallback: 8000, min: 0, max: 65_535 }),
    logLevel: env.choice("LOG_LEVEL", logLevels, "info"),
    // 4.5 s at most: orchestrators count from SIGTERM, and the promise is an exit within 5 s.
    drainMs: env.integer("DRAIN_TIMEOUT_MS", { fallback: 3_500, min: 0, max: 4_500 }),
    version: env.text("SERVICE_VERSION") ?? "0.0.0-dev",
    revision: env.text("SERVICE_REVISION") ?? "unknown",
  };
  env.settle();
  return settings;
}

export function readGatewaySettings(variables: Variables): GatewaySettings {
  const env = new Environment(variables);
  const keys = parseApiKeys(env.secret("API_KEYS")?.reveal() ?? "");
  for (const fault of keys.faults) env.refuse("API_KEYS", fault);
  const settings: GatewaySettings = {
    keys: keys.keys,
    requestsPerMinute: env.integer("RATE_LIMIT_PER_MINUTE", { fallback: 60, min: 1, max: 1_000_000 }),
    agents: readAgentUrls(env),
    agentTimeoutMs: env.integer("AGENT_TIMEOUT_MS", { fallback: 120 * second, min: 100, max: 900 * second }),
  };
  env.settle();
  return settings;
}

export function readModelSettings(variables: Variables): ModelSettings {
  const env = new Environment(variables);
  const baseUrl = env.url("MODEL_BASE_URL");
  const model = env.text("MODEL_NAME");
  const apiKey = env.secret("MODEL_API_KEY");
  const timeoutMs = env.integer("MODEL_TIMEOUT_MS", { fallback: 110 * second, min: 100, max: 900 * second });
  env.settle();
  if (baseUrl !== undefined && model !== undefined)
    return { configured: true, baseUrl, model, apiKey, timeoutMs };
  const missing = [
    ...(baseUrl === undefined ? ["MODEL_BASE_URL"] : []),
    ...(model === undefined ? ["MODEL_NAME"] : []),
  ];
  return { configured: false, missing };
}

function readAgentUrls(env: Environment): Record<AgentName, string> {
  const template = env.text("AGENT_URL_TEMPLATE") ?? "http://agent-{name}:8000";
  if (!template.includes("{name}")) env.refuse("AGENT_URL_TEMPLATE", "expected {name} in the URL");
  const urlOf = (name: AgentName) => {
    const override = `AGENT_${name.toUpperCase()}_URL`;
    if (env.text(override) !== undefined) return env.url(override) ?? "";
    return env.url("AGENT_URL_TEMPLATE", template.replaceAll("{name}", name)) ?? "";
  };
  return Object.fromEntries(agentNames.map((name) => [name, urlOf(name)])) as Record<AgentName, string>;
}

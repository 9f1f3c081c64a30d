import { StartError } from "./start-error.ts";

/** The ten agents, in the order in which a novel needs them. */
export const agentNames = [
  "worldsmith",
  "plotmaster",
  "outliner",
  "director",
  "characterexpert",
  "worldbuilder",
  "writer",
  "critic",
  "factchecker",
  "rewriter",
] as const;

export type AgentName = (typeof agentNames)[number];

/** Which of the eleven services this process is. */
export type Service =
  | { readonly kind: "gateway"; readonly name: "api-gateway" }
  | { readonly kind: "agent"; readonly name: `agent-${AgentName}`; readonly agent: AgentName };

const services: readonly Service[] = [
  { kind: "gateway", name: "api-gateway" },
  ...agentNames.map((agent): Service => ({ kind: "agent", name: `agent-${agent}`, agent })),
];

export const serviceNames: readonly string[] = services.map((service) => service.name);

/**
 * The service is the first argument, else SERVICE_TYPE, else the gateway. Throws a StartError whose message
 * is a single line.
 */
export function chooseService(args: readonly string[], serviceType: string | undefined): Service {
  if (args.length > 1) {
    throw new StartError("usage", `expected one argument, the service, found ${args.length}`);
  }
  const wanted = args[0] || serviceType || "api-gateway";
  const service = services.find((candidate) => candidate.name === wanted);
  if (service) return service;
  // JSON quoting keeps a name with line breaks or control characters on one line.
  const shown = JSON.stringify(wanted.slice(0, 80));
  throw new StartError(
    "unknown_service",
    `unknown service ${shown}; expected one of ${serviceNames.join(", ")}`,
  );
}

/** Reads "writer" and "agent-writer" alike; undefined for anything else. */
export function toAgentName(text: string): AgentName | undefined {
  const bare = text.startsWith("agent-") ? text.slice("agent-".length) : text;
  return agentNames.find((name) => name === bare);
}

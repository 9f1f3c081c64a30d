import type { ServiceStatus } from "../target.ts";
import { countOf, fieldsOf, listOf, textOf, textsOf } from "./json.ts";
import type { Fields } from "./json.ts";
import { type Tool, refusal } from "./tool.ts";

/** What an engine says of a container of the project. */
export interface Container {
  readonly id: string;
  readonly service: string;
  /** As it was named when it was made: a pinned one holds its digest. */
  readonly image: string;
  /** What that was when it was made. */
  readonly imageId: string;
  readonly labels: Readonly<Record<string, string>>;
  /** `created`, `running`, `restarting`, `exited`, … */
  readonly status: string;
  /** Of its health check, where it has one. */
  readonly health?: "starting" | "healthy" | "unhealthy";
  /** What the health check said last. */
  readonly healthOutput?: string;
  readonly exitCode: number;
  /** What the engine has against it, where it could not start it. */
  readonly error?: string;
  readonly outOfMemory: boolean;
  readonly restarts: number;
  /** Whoever ends it will see it again. */
  readonly comesBack: boolean;
  /** RFC 3339. */
  readonly startedAt?: string;
  readonly ports: readonly { readonly host: string; readonly port: number }[];
}

export const PROJECT = "com.docker.compose.project";
const SERVICE = "com.docker.compose.service";
const ONE_OFF = "com.docker.compose.oneoff";

/** Those of a project, stopped ones too; not those of `compose run`. */
export async function listContainers(
  tool: Tool,
  project: string,
  signal: AbortSignal,
): Promise<readonly Container[]> {
  const ids = await tool.ask(["ps", "-aq", "--no-trunc", "--filter", `label=${PROJECT}=${project}`], signal);
  const known = ids.split("\n").filter((id) => id !== "");
  if (known.length === 0) return [];
  const args = ["container", "inspect", ...known];
  const answer = await tool.try(args, signal);
  // One that went between the two questions is not there; the others are told all the same.
  if (answer.code !== 0 && !/no such container/i.test(answer.stderr)) throw refusal(tool.kind, args, answer);
  return listOf(JSON.parse(answer.stdout.toString("utf8")))
    .map((value) => toContainer(fieldsOf(value)))
    .filter(({ service, labels }) => service !== "" && labels[ONE_OFF]?.toLowerCase() !== "true")
    .sort((a, b) => (a.service < b.service ? -1 : a.service > b.service ? 1 : 0));
}

function toContainer(fields: Fields): Container {
  const state = fieldsOf(fields["State"]);
  const config = fieldsOf(fields["Config"]);
  // Podman called it so before it called it as Docker does.
  const health = fieldsOf(state["Health"] ?? state["Healthcheck"]);
  const checked = textOf(health["Status"]);
  const last = fieldsOf(listOf(health["Log"]).at(-1));
  const healthOutput = textOf(last["Output"])?.trim();
  const startedAt = textOf(state["StartedAt"]);
  const labels = textsOf(config["Labels"]);
  const error = textOf(state["Error"]);
  return {
    id: textOf(fields["Id"]) ?? "",
    service: labels[SERVICE] ?? "",
    image: textOf(config["Image"]) ?? "",
    imageId: textOf(fields["Image"]) ?? "",
    labels,
    status: textOf(state["Status"]) ?? "unknown",
    ...(isHealth(checked) ? { health: checked } : {}),
    ...(healthOutput === undefined ? {} : { healthOutput }),
    exitCode: countOf(state["ExitCode"]),
    ...(error === undefined ? {} : { error }),
    outOfMemory: state["OOMKilled"] === true,
    restarts: countOf(fields["RestartCount"]),
    comesBack: /^(?:always|unless-stopped)$/.test(policyOf(fields)),
    // The year 1 is that it never was.
    ...(startedAt === undefined || startedAt.startsWith("0001-") ? {} : { startedAt }),
    ports: portsOf(fieldsOf(fieldsOf(fields["NetworkSettings"])["Ports"])),
  };
}

function policyOf(fields: Fields): string {
  return textOf(fieldsOf(fieldsOf(fields["HostConfig"])["RestartPolicy"])["Name"]) ?? "no";
}

function isHealth(text: string | undefined): text is NonNullable<Container["health"]> {
  return text === "starting" || text === "healthy" || text === "unhealthy";
}

function portsOf(ports: Fields): Container["ports"] {
  return Object.entries(ports)
    .filter(([name]) => name.endsWith("/tcp"))
    .flatMap(([, bindings]) => listOf(bindings))
    .map((binding) => fieldsOf(binding))
    .map((binding) => ({ host: textOf(binding["HostIp"]) ?? "", port: Number(binding["HostPort"]) }))
    .filter(({ port }) => port > 0);
}

/** RFC 3339 in whole seconds; engines give nanoseconds. */
export function sinceOf(containers: readonly Container[]): Pick<ServiceStatus, "since"> {
  const times = containers.flatMap(({ startedAt }) =>
    startedAt === undefined ? [] : [Date.parse(startedAt)],
  );
  const first = Math.min(...times.filter((time) => !Number.isNaN(time)));
  return Number.isFinite(first) ? { since: `${new Date(first).toISOString().slice(0, 19)}Z` } : {};
}

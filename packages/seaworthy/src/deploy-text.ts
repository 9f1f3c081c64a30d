import type { Change, DeployResult, Environment, ServiceStatus, TargetStatus } from "@seaworthy/deploy";
import { formatAge, formatMs } from "./progress/format.ts";
import { cut, oneLine } from "./progress/text.ts";
import { table } from "./table.ts";

const SHORT = "sha256:".length + 12;
const LONGEST = 120;
const MARKS = { healthy: "✓", starting: "…", unhealthy: "✗", stopped: "–" } as const;

/** What came of it, for people. */
export function deployText(
  { image, replaced, changed, services }: DeployResult,
  { name, target }: Pick<Environment, "name" | "target">,
  ms: number,
): string {
  const from =
    replaced === undefined || replaced.digest === image.digest ? "" : `, ${replaced.version} before`;
  const said = changed
    ? `${image.version} is healthy in ${name} (${target.where}) after ${formatMs(ms)}${from}`
    : `${image.version} runs in ${name} (${target.where}) already; nothing changed`;
  return `${servicesText(services)}\n${said}`;
}

function servicesText(services: readonly ServiceStatus[]): string {
  const rows = services.map(({ name, state, digest, since, restarts, address, problem }) => [
    MARKS[state],
    name,
    state,
    digest?.slice(0, SHORT) ?? "–",
    since === undefined ? "–" : formatAge(Date.now() - Date.parse(since)),
    restarts === 0 ? "" : `${restarts} restarts`,
    problem === undefined ? (address ?? "") : cut(oneLine(problem), LONGEST),
  ]);
  return table(["", "service", "", "runs", "for", "", ""], rows);
}

export function statusText(
  { current, pending, good, services, drift }: TargetStatus,
  { name, target }: Pick<Environment, "name" | "target">,
): string {
  const facts: (readonly string[])[] = [
    ["environment", name],
    ["target", `${target.kind}, ${target.where}`],
    ...(current === undefined
      ? [["runs", "nothing was deployed there"]]
      : [
          ["runs", `${current.image.version} (${current.image.digest.slice(0, SHORT)})`],
          ["revision", current.image.revision ?? "unknown"],
          ["since", `${current.at} by ${current.who}`],
        ]),
    ...(pending === undefined
      ? []
      : [["begun", `${pending.version}: did not come to its end; deploy again or roll back`]]),
    ...good
      .slice(1, 4)
      .map(({ image, at }) => ["before", `${image.version} (${image.digest.slice(0, SHORT)}), ${at}`]),
    ...drift.map((line) => ["differs", line]),
  ];
  const head = table(["status", ""], facts);
  return services.length === 0 ? head : `${head}\n${servicesText(services)}`;
}

const VERBS = { create: "start", update: "replace", keep: "keep", remove: "end" } as const;

export function changesText(changes: readonly Change[], name: string): string {
  const rows = changes.map(({ service, does, from, note }) => [
    VERBS[does],
    service,
    from === undefined ? "" : `from ${from.slice(0, SHORT)}`,
    note ?? "",
  ]);
  return table([name, "service", "", ""], rows);
}

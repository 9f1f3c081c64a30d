import type { ReleasePlan, ReleaseResult } from "@seaworthy/release";
import { formatBytes, formatMs } from "./progress/format.ts";
import { table } from "./table.ts";

const SHORT = "sha256:".length + 12;

export function planText(plan: ReleasePlan): string {
  const rows: (readonly string[])[] = [
    ["image", plan.name],
    ["version", plan.version],
    ["revision", `${plan.revision ?? "none"}${plan.dirty ? " with uncommitted changes" : ""}`],
    ...plan.platforms.map(({ platform, cannotRun }) => [
      "platform",
      cannotRun === undefined ? platform : `not run here: ${cannotRun}`,
    ]),
    ...plan.bases.map(({ name, how }) => [
      "base",
      `${name} (${how === "assembled" ? "assembled from the lock" : "pulled"})`,
    ]),
    ...plan.tags.map((verdict) => ["tag", tagText(verdict)]),
    ...plan.tests.map((group) => ["test", group.join(" | ")]),
    [
      "checks",
      `${plan.checks.length}: ${plan.checks.slice(0, 4).join(", ")}${plan.checks.length > 4 ? ", …" : ""}`,
    ],
    ...plan.gates.map(({ name, allowed }) => ["gate", `${name}: ${allowed}`]),
    ...(plan.environment === undefined ? [] : [["deploy", `to ${plan.environment}`]]),
    ...(plan.noPush === undefined ? [] : [["push", `nothing: ${plan.noPush}`]]),
  ];
  return table(["plan", ""], rows);
}

function tagText({ tag, from, does, reason }: ReleasePlan["tags"][number]): string {
  const now = from === undefined ? "" : ` ${from.slice(0, SHORT)}`;
  switch (does) {
    case "move":
      return `${tag}:${now} → this build (${reason})`;
    case "same":
      return `${tag}:${now} stays (${reason})`;
    case "behind":
      return `${tag}:${now} stays (${reason})`;
    case "refused":
      return `${tag}:${now} may not move (${reason})`;
  }
}

export function releaseText(
  { verification, sizes, tags, bytesSent, changed, notPushed }: ReleaseResult,
  ms: number,
): string {
  const header = ["platform", "size", "verify", "starts in", "memory", ""];
  const rows = verification.map(({ platform, status, checks, reason }) => {
    const starts = checks.flatMap(({ startMs }) => startMs ?? []).toSorted((a, b) => a - b);
    const memory = checks.flatMap((check) => check.memory ?? []);
    const size = sizes.find((candidate) => candidate.platform === platform)?.size ?? 0;
    return [
      platform,
      formatBytes(size),
      status === "not-run" ? "not run" : status,
      starts.length === 0 ? "–" : formatMs(starts[starts.length >> 1]!),
      memory.length === 0 ? "–" : formatBytes(Math.max(...memory)),
      reason ?? `${checks.length} checks`,
    ];
  });
  const moved = tags.filter(({ from, to }) => from !== to).map(({ tag }) => tag);
  if (notPushed !== undefined) {
    return `${table(header, rows)}\nbuilt and verified in ${formatMs(ms)}; not pushed: ${notPushed}`;
  }
  const said = changed
    ? `released in ${formatMs(ms)}; ${moved.length === 0 ? "no tag moved" : `tags: ${moved.join(", ")}`}${bytesSent === 0 ? "" : `; ${formatBytes(bytesSent)} sent`}`
    : `nothing changed; looked in ${formatMs(ms)}, stored no byte`;
  return `${table(header, rows)}\n${said}`;
}

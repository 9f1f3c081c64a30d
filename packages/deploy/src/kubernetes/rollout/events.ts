import type { Api } from "../api/api.ts";
import { isReason } from "../api/error.ts";
import { type KubeObject, textAt } from "../object.ts";
import type { Workload } from "./workload.ts";

/** One thing that went wrong, as kubelet, scheduler and controllers tell it. */
export interface Warning {
  readonly of: string;
  readonly text: string;
}

const MAX_TEXT = 600;
/** Where there were too many of a kind. */
const COMBINED = "(combined from similar events): ";

/** Warnings since a time, newest first; none where we may not read them. Milliseconds since the epoch. */
export async function readWarnings(
  api: Api,
  since: number,
  signal: AbortSignal,
): Promise<readonly Warning[]> {
  let events: readonly KubeObject[];
  try {
    events = await api.list({ apiVersion: "v1", kind: "Event", fields: "type=Warning" }, signal);
  } catch (error) {
    if (isReason(error, "Forbidden")) return [];
    throw error;
  }
  return events
    .filter((event) => timeOf(event) >= since)
    .toSorted((a, b) => timeOf(b) - timeOf(a))
    .map((event) => ({
      of: `${textAt(event, "involvedObject", "kind") ?? ""} ${textAt(event, "involvedObject", "name") ?? ""}`,
      text: `${textAt(event, "reason") ?? ""}: ${(textAt(event, "message") ?? "").trim().slice(0, MAX_TEXT)}`,
    }));
}

/** Events of the two APIs carry their time in different fields. */
function timeOf(event: KubeObject): number {
  const text =
    textAt(event, "series", "lastObservedTime") ??
    textAt(event, "lastTimestamp") ??
    textAt(event, "eventTime") ??
    event.metadata.creationTimestamp;
  return text === undefined ? 0 : Date.parse(text);
}

/** Of a workload, of its replica set and of its pods; each once, whatever name a pod was to have. */
export function warningsOf(
  { object, replicaSet, pods }: Workload,
  warnings: readonly Warning[],
): readonly string[] {
  const own = new Set(
    [object, ...(replicaSet === undefined ? [] : [replicaSet]), ...pods].map(
      (each) => `${each.kind} ${each.metadata.name}`,
    ),
  );
  const texts = warnings.filter(({ of }) => own.has(of)).map(({ text }) => text.replace(COMBINED, ""));
  return [...new Map(texts.map((text) => [withoutPod(text), text])).values()];
}

/** The same text for all pods that could not be made: each try has a new name. */
export function withoutPod(text: string): string {
  return text.replaceAll(/pods "[^"]*"/g, "pods");
}

import { type Json, type JsonObject, type KubeObject, isObject, withAt } from "./object.ts";
import { plainText } from "./plain-text.ts";

export interface Difference {
  /** `spec.template.spec.containers[app].image` */
  readonly path: string;
  readonly found: Json | undefined;
  readonly wanted: Json | undefined;
}

/** What the server itself keeps, and what says how things are and not how they are wanted. */
const OF_THE_SERVER = new Set([
  "managedFields",
  "resourceVersion",
  "generation",
  "uid",
  "creationTimestamp",
  "selfLink",
]);
/** An annotation with which the server counts the changes of a DaemonSet's template. */
const COUNTER = "deprecated.daemonset.template.generation";
const MAX_SHOWN = 100;

/** Where two states of one object differ in what was asked for. */
export function differences(found: KubeObject, wanted: KubeObject): readonly Difference[] {
  const plain = (object: KubeObject): JsonObject => {
    const rest = withAt(object, ["metadata", "annotations", COUNTER], undefined);
    const metadata = Object.entries(rest.metadata).filter(([key]) => !OF_THE_SERVER.has(key));
    return { ...rest, status: undefined, metadata: Object.fromEntries(metadata) };
  };
  return [...compare(plain(found), plain(wanted), "")];
}

/** Secrets show where they differ, never what they hold. */
export function describeDifference({ kind }: KubeObject, { path, found, wanted }: Difference): string {
  if (kind === "Secret") return `${path} differs`;
  return `${path} is ${show(found)}, applied was ${show(wanted)}`;
}

function show(value: Json | undefined): string {
  if (value === undefined) return "not there";
  const text = plainText(typeof value === "string" ? value : JSON.stringify(value));
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

function* compare(found: Json | undefined, wanted: Json | undefined, path: string): Generator<Difference> {
  if (isObject(found) && isObject(wanted)) {
    for (const key of new Set([...Object.keys(found), ...Object.keys(wanted)])) {
      yield* compare(found[key], wanted[key], path === "" ? key : `${path}.${key}`);
    }
  } else if (Array.isArray(found) && Array.isArray(wanted)) {
    yield* compareLists(found, wanted, path);
  } else if (found !== wanted) {
    yield { path, found, wanted };
  }
}

function* compareLists(found: readonly Json[], wanted: readonly Json[], path: string): Generator<Difference> {
  const named = (list: readonly Json[]): ReadonlyMap<string, Json> | undefined => {
    const entries = list.map((entry) => [isObject(entry) ? entry["name"] : undefined, entry] as const);
    return entries.every(([name]) => typeof name === "string")
      ? new Map(entries as [string, Json][])
      : undefined;
  };
  const [ours, theirs] = [named(found), named(wanted)];
  if (ours === undefined || theirs === undefined) {
    for (let index = 0; index < Math.max(found.length, wanted.length); index++) {
      yield* compare(found[index], wanted[index], `${path}[${index}]`);
    }
    return;
  }
  for (const name of new Set([...ours.keys(), ...theirs.keys()])) {
    yield* compare(ours.get(name), theirs.get(name), `${path}[${name}]`);
  }
}

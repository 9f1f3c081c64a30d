import { createHash } from "node:crypto";
import { templatePath } from "../kinds.ts";
import { type Json, type KubeObject, at, isObject, textAt, withAt } from "../object.ts";
import type { Entry } from "./entry.ts";

/** With the hash of what they hold in their names, and those names wherever pods refer to them. */
export function withHashes(entries: readonly Entry[]): readonly KubeObject[] {
  const renamed = new Map<string, string>();
  const named = entries.map(({ object, hashed }) => {
    if (!hashed) return object;
    const name = `${object.metadata.name}-${hashOf(object)}`;
    renamed.set(object.metadata.name, name);
    return withAt(object, ["metadata", "name"], name);
  });
  return renamed.size === 0 ? named : named.map((object) => withReferences(object, renamed));
}

/**
 * As kustomize hashes, so that names are equal whoever renders. It looks for the name where none is, so that is empty. Go
 * sorts keys, and escapes what HTML would.
 */
function hashOf({ data, binaryData }: KubeObject): string {
  const content = {
    ...(binaryData === undefined ? {} : { binaryData }),
    data: data ?? "",
    kind: "ConfigMap",
    name: "",
  };
  const sorted = JSON.stringify(content, (_, value: Json) =>
    isObject(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  const text = sorted.replaceAll(
    /[<>&\u2028\u2029]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  const readable: Readonly<Record<string, string>> = { "0": "g", "1": "h", "3": "k", a: "m", e: "t" };
  return createHash("sha256")
    .update(text)
    .digest("hex")
    .slice(0, 10)
    .replaceAll(/[013ae]/g, (sign) => readable[sign]!);
}

function withReferences(object: KubeObject, renamed: ReadonlyMap<string, string>): KubeObject {
  const template = templatePath(object);
  if (template === undefined) return object;
  const path = [...template, "spec"];
  const spec = at(object, ...path);
  if (!isObject(spec)) return object;
  return withAt(object, path, renameIn(spec, renamed));
}

/** Whatever refers to a ConfigMap in the spec of a pod has one of these names. */
function renameIn<T extends Json>(value: T, renamed: ReadonlyMap<string, string>): T {
  if (Array.isArray(value)) return value.map((each: Json) => renameIn(each, renamed)) as unknown as T;
  if (!isObject(value)) return value;
  const entries = Object.entries(value).map(([key, inner]) => {
    const refers = key === "configMapRef" || key === "configMapKeyRef" || key === "configMap";
    const name = refers ? renamed.get(textAt(inner, "name") ?? "") : undefined;
    if (name !== undefined && isObject(inner)) return [key, { ...inner, name }];
    return [key, inner === undefined ? inner : renameIn(inner, renamed)];
  });
  return Object.fromEntries(entries) as T;
}

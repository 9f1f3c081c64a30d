import { readFile } from "node:fs/promises";
import { DeployError } from "../../error.ts";
import { type Json, type JsonObject, type KubeObject, groupOf, isObject, listAt, textAt } from "../object.ts";
import { type Entry, insideOf } from "./entry.ts";
import { patchJson } from "./json-patch.ts";
import type { Kustomization } from "./kustomization.ts";
import { parseDocuments } from "./read.ts";
import { mergeStrategic } from "./strategic-merge.ts";
import { UnsupportedError } from "./unsupported.ts";

const TARGET_FIELDS = new Set(["group", "version", "kind", "name", "namespace"]);

/** `patches`: strategic merge patches and JSON patches (RFC 6902), from files or written there. */
export async function applyPatches(
  kustomization: Kustomization,
  entries: readonly Entry[],
): Promise<readonly Entry[]> {
  let result = entries;
  for (const [index, entry] of listAt(kustomization.fields, "patches").entries()) {
    const where = `${kustomization.file}: patches[${index}]`;
    for (const patch of await readPatches(entry, kustomization, where)) {
      result = applyPatch(result, patch, entry["target"], where);
    }
  }
  return result;
}

async function readPatches(
  entry: JsonObject,
  { folder, file }: Kustomization,
  where: string,
): Promise<readonly Json[]> {
  const [inline, path] = [textAt(entry, "patch"), textAt(entry, "path")];
  if ((inline === undefined) === (path === undefined)) {
    throw new DeployError("refused", `${where}: expected either patch or path`);
  }
  if (inline !== undefined) return parseDocuments(inline, where);
  const place = insideOf(folder, path!, file);
  const text = await readFile(place, "utf8").catch(() => undefined);
  if (text === undefined) throw new DeployError("refused", `${where}: ${place} is not there`);
  return parseDocuments(text, place);
}

function applyPatch(
  entries: readonly Entry[],
  patch: Json,
  target: Json | undefined,
  where: string,
): readonly Entry[] {
  if (Array.isArray(patch)) {
    if (!isObject(target)) throw new DeployError("refused", `${where}: expected a target of the JSON patch`);
    const matches = matcherOf(target, where);
    return entries.map((entry) =>
      matches(entry.object) ? { ...entry, object: patchJson(entry.object, patch, where) } : entry,
    );
  }
  if (!isObject(patch)) throw new DeployError("refused", `${where}: expected a patch`);
  const matches = isObject(target) ? matcherOf(target, where) : ownMatcher(patch);
  if (!isObject(target) && !entries.some(({ object }) => matches(object))) {
    const name = `${textAt(patch, "kind") ?? "?"} ${textAt(patch, "metadata", "name") ?? "?"}`;
    throw new DeployError("refused", `${where}: no ${name} to patch`);
  }
  return entries.flatMap((entry) => {
    if (!matches(entry.object)) return [entry];
    if (patch["$patch"] === "delete") return [];
    return [{ ...entry, object: keepingName(entry.object, mergeStrategic(entry.object, patch, where)) }];
  });
}

/** A patch changes what an object is like, not which it is. */
function keepingName({ apiVersion, kind, metadata }: KubeObject, patched: JsonObject): KubeObject {
  const meta = patched["metadata"];
  return { ...patched, apiVersion, kind, metadata: { ...(isObject(meta) ? meta : {}), name: metadata.name } };
}

function ownMatcher(patch: JsonObject): (object: KubeObject) => boolean {
  const group = groupOf(textAt(patch, "apiVersion") ?? "");
  const [kind, name] = [textAt(patch, "kind"), textAt(patch, "metadata", "name")];
  return (object) =>
    object.kind === kind && object.metadata.name === name && groupOf(object.apiVersion) === group;
}

/** Each field is a regular expression over the whole. */
function matcherOf(target: JsonObject, where: string): (object: KubeObject) => boolean {
  const other = Object.keys(target).find((key) => !TARGET_FIELDS.has(key));
  if (other !== undefined) throw new UnsupportedError(where, `target.${other}`);
  const rule = (field: string): ((text: string) => boolean) => {
    const pattern = textAt(target, field);
    if (pattern === undefined || pattern === "") return () => true;
    // Beyond letters it is Go's syntax; what both read alike is enough for names.
    if (!/^[\w.*|()+?[\]^$-]{1,200}$/.test(pattern))
      throw new UnsupportedError(where, `target.${field} ${JSON.stringify(pattern)}`);
    const expression = new RegExp(`^(?:${pattern})$`);
    return (text) => expression.test(text);
  };
  const [group, version, kind, name, namespace] = ["group", "version", "kind", "name", "namespace"].map(rule);
  return (object) =>
    group!(groupOf(object.apiVersion)) &&
    version!(object.apiVersion.split("/").at(-1)!) &&
    kind!(object.kind) &&
    name!(object.metadata.name) &&
    namespace!(object.metadata.namespace ?? "");
}

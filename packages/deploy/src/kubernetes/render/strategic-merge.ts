import { type Json, type JsonObject, type KubeObject, isObject } from "../object.ts";
import { UnsupportedError } from "./unsupported.ts";

/** Lists that are merged entry by entry, and what tells their entries apart (patchMergeKey in the API). */
const MERGE_KEYS: Readonly<Record<string, string>> = {
  containers: "name",
  initContainers: "name",
  volumes: "name",
  env: "name",
  imagePullSecrets: "name",
  volumeMounts: "mountPath",
  volumeDevices: "devicePath",
  hostAliases: "ip",
  topologySpreadConstraints: "topologyKey",
};

/**
 * A strategic merge patch: null takes away, named lists are merged, other lists are replaced; `$patch` takes away or
 * replaces as a whole. Kinds that are not Kubernetes' own have no named lists.
 */
export function mergeStrategic(object: KubeObject, patch: JsonObject, where: string): JsonObject {
  const group = object.apiVersion.includes("/") ? object.apiVersion.split("/")[0]! : "";
  const own = !group.includes(".") || group.endsWith(".k8s.io");
  const merger = new Merger(
    own ? { ...MERGE_KEYS, ports: object.kind === "Service" ? "port" : "containerPort" } : {},
    where,
  );
  return merger.merge(object, patch);
}

class Merger {
  readonly #keys: Readonly<Record<string, string>>;
  readonly #where: string;

  constructor(keys: Readonly<Record<string, string>>, where: string) {
    this.#keys = keys;
    this.#where = where;
  }

  merge(before: JsonObject, patch: JsonObject): JsonObject {
    const directive = Object.keys(patch).find((key) => key.startsWith("$") && key !== "$patch");
    if (directive !== undefined) throw new UnsupportedError(this.#where, directive);
    const { $patch: how, ...fields } = patch;
    const result: Record<string, Json | undefined> = how === "replace" ? {} : { ...before };
    for (const [key, value] of Object.entries(fields)) {
      if (value === null || (isObject(value) && value["$patch"] === "delete")) delete result[key];
      else result[key] = this.#value(result[key], value!, key);
    }
    return result;
  }

  #value(before: Json | undefined, value: Json, key: string): Json {
    if (isObject(value)) return this.merge(isObject(before) ? before : {}, value);
    const mergeKey = this.#keys[key];
    if (!Array.isArray(value) || mergeKey === undefined || !value.every(isObject)) return value;
    return this.#list(Array.isArray(before) ? before.filter(isObject) : [], value, mergeKey);
  }

  /** What the patch names comes first, in its order, as kustomize has it. */
  #list(before: readonly JsonObject[], patch: readonly JsonObject[], mergeKey: string): Json {
    const named = patch.filter((entry) => entry["$patch"] === undefined);
    if (patch.some((entry) => entry["$patch"] === "replace")) return named;
    const isSame = (a: JsonObject) => (b: JsonObject) => a[mergeKey] === b[mergeKey];
    return [
      ...named.map((entry) => this.merge(before.find(isSame(entry)) ?? {}, entry)),
      ...before.filter((entry) => !patch.some(isSame(entry))),
    ];
  }
}

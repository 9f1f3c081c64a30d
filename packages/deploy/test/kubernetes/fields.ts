// oxlint-disable-next-line typescript/no-explicit-any
type Any = any;

/** JSON of an object, as the store changes it. */
export type Obj = Record<string, Any>;

/** `f:spec`, `k:{"name":"app"}`: as FieldsV1 has them. */
type Path = readonly string[];

/** Lists whose entries have a name each; all others are one value (x-kubernetes-list-type). */
const LIST_KEYS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  containers: [["name"]],
  initContainers: [["name"]],
  volumes: [["name"]],
  env: [["name"]],
  imagePullSecrets: [["name"]],
  volumeMounts: [["mountPath"]],
  ports: [
    ["containerPort", "protocol"],
    ["port", "protocol"],
  ],
  topologySpreadConstraints: [["topologyKey", "whenUnsatisfiable"]],
};
/** Maps that are one value. */
const ATOMIC = new Set([
  "selector",
  "labelSelector",
  "podSelector",
  "namespaceSelector",
  "nodeSelector",
  "resourceFieldRef",
  "scaleTargetRef",
]);
const NOT_OWNED = new Set(["apiVersion", "kind", "metadata.name", "metadata.namespace", "status"]);
const SERVER_METADATA = ["managedFields", "resourceVersion", "generation", "uid", "creationTimestamp"];

function keysOf(field: string, list: readonly unknown[]): readonly string[] | undefined {
  return LIST_KEYS[field]?.find((keys) =>
    list.every((item) => typeof item === "object" && item !== null && Object.hasOwn(item, keys[0]!)),
  );
}

function entryKey(keys: readonly string[], item: Obj): string {
  return `k:${JSON.stringify(Object.fromEntries(keys.map((key) => [key, item[key] ?? (key === "protocol" ? "TCP" : undefined)])))}`;
}

/** Paths of all fields that a manager sets with this, entries of named lists among them. */
export function fieldsOf(object: Obj): Map<string, unknown> {
  const found = new Map<string, unknown>();
  const visit = (value: unknown, path: Path, field: string): void => {
    if (Array.isArray(value)) {
      const keys = keysOf(field, value);
      if (keys !== undefined && value.length > 0) {
        for (const item of value as Obj[]) {
          const own = [...path, entryKey(keys, item)];
          found.set(JSON.stringify(own), undefined);
          for (const [key, inner] of Object.entries(item)) visit(inner, [...own, `f:${key}`], key);
        }
        return;
      }
    } else if (
      typeof value === "object" &&
      value !== null &&
      !ATOMIC.has(field) &&
      Object.keys(value).length > 0
    ) {
      for (const [key, inner] of Object.entries(value)) {
        const place = [...path, `f:${key}`].map((part) => part.slice(2)).join(".");
        if (NOT_OWNED.has(place)) continue;
        if (path.length === 1 && path[0] === "f:metadata" && SERVER_METADATA.includes(key)) continue;
        visit(inner, [...path, `f:${key}`], key);
      }
      return;
    }
    found.set(JSON.stringify(path), value);
  };
  visit(object, [], "");
  return found;
}

function step(value: Any, part: string): Any {
  if (part.startsWith("f:")) return value?.[part.slice(2)];
  if (!Array.isArray(value)) return undefined;
  const wanted = JSON.parse(part.slice(2)) as Obj;
  return value.find((item: Obj) => entryKey(Object.keys(wanted), item) === part);
}

export function read(object: Obj, path: string): unknown {
  return (JSON.parse(path) as Path).reduce(step, object as unknown);
}

export function write(object: Obj, path: string, value: unknown): void {
  const parts = JSON.parse(path) as Path;
  let at: Any = object;
  for (const [index, part] of parts.entries()) {
    const next = parts[index + 1];
    const last = next === undefined;
    if (part.startsWith("f:")) {
      const key = part.slice(2);
      if (last) at[key] = structuredClone(value);
      else at = at[key] ??= next.startsWith("k:") ? [] : {};
      continue;
    }
    let item = step(at, part);
    if (item === undefined) at.push((item = JSON.parse(part.slice(2)) as Obj));
    at = item;
  }
}

export function erase(object: Obj, path: string): void {
  const parts = JSON.parse(path) as Path;
  const holder: Any = parts.slice(0, -1).reduce(step, object as unknown);
  const part = parts.at(-1)!;
  if (holder === undefined || holder === null) return;
  if (part.startsWith("f:")) {
    delete holder[part.slice(2)];
    return;
  }
  const item = step(holder, part);
  if (item !== undefined) holder.splice(holder.indexOf(item), 1);
}

export interface Manager {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly fields: Set<string>;
}

export function toManagedFields(managers: readonly Manager[], apiVersion: string): readonly Obj[] {
  return managers
    .filter(({ fields }) => fields.size > 0)
    .map(({ manager, operation, fields }) => {
      const tree: Obj = {};
      for (const path of fields) {
        let at = tree;
        for (const part of JSON.parse(path) as Path) at = at[part] ??= {};
      }
      return { manager, operation, apiVersion, fieldsType: "FieldsV1", fieldsV1: tree };
    });
}

/** `.spec.template.spec.containers[name="app"].image`, as conflicts name a field. */
export function dotted(path: string): string {
  return (JSON.parse(path) as Path)
    .map((part) => {
      if (part.startsWith("f:")) return `.${part.slice(2)}`;
      const keys = Object.entries(JSON.parse(part.slice(2)) as Obj);
      return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(",")}]`;
    })
    .join("");
}

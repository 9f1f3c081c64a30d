import { DeployError } from "../../error.ts";
import { type Json, type JsonObject, type KubeObject, isObject, textAt } from "../object.ts";
import { UnsupportedError } from "./unsupported.ts";

/** `add`, `remove`, `replace` and `test` of RFC 6902. @throws DeployError `refused` naming operation and path */
export function patchJson(object: KubeObject, operations: readonly Json[], where: string): KubeObject {
  return operations.reduce<Json>((value, operation, index) => {
    const op = textAt(operation, "op") ?? "";
    const path = textAt(operation, "path") ?? "";
    const place = `${where}: ${op} ${path}`;
    if (!["add", "remove", "replace", "test"].includes(op))
      throw new UnsupportedError(where, `operation ${index} (${op})`);
    if (!path.startsWith("/"))
      throw new DeployError("refused", `${place}: expected a path that begins with /`);
    const keys = path
      .slice(1)
      .split("/")
      .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
    return change(value, keys, op, (operation as JsonObject)["value"] ?? null, place);
  }, object as Json) as unknown as KubeObject;
}

function change(value: Json, [key, ...rest]: readonly string[], op: string, next: Json, place: string): Json {
  if (key === undefined) return value;
  if (Array.isArray(value)) return changeList(value, key, rest, op, next, place);
  if (!isObject(value)) throw new DeployError("refused", `${place}: ${key} is in nothing`);
  const inner = value[key];
  if (rest.length > 0) {
    if (inner === undefined) throw new DeployError("refused", `${place}: ${key} is not there`);
    return { ...value, [key]: change(inner, rest, op, next, place) };
  }
  if (op !== "add" && inner === undefined) throw new DeployError("refused", `${place}: ${key} is not there`);
  if (op === "test") return tested(value, inner!, next, place);
  if (op !== "remove") return { ...value, [key]: next };
  return Object.fromEntries(Object.entries(value).filter(([each]) => each !== key));
}

function changeList(
  list: readonly Json[],
  key: string,
  rest: readonly string[],
  op: string,
  next: Json,
  place: string,
): Json {
  const index = key === "-" ? list.length : /^\d+$/.test(key) ? Number(key) : -1;
  const last = op === "add" && rest.length === 0 ? list.length : list.length - 1;
  if (index < 0 || index > last)
    throw new DeployError("refused", `${place}: no entry ${key} in a list of ${list.length}`);
  if (rest.length > 0) return list.with(index, change(list[index]!, rest, op, next, place));
  if (op === "add") return list.toSpliced(index, 0, next);
  if (op === "remove") return list.toSpliced(index, 1);
  if (op === "test") return tested(list, list[index]!, next, place);
  return list.with(index, next);
}

function tested(value: Json, found: Json, expected: Json, place: string): Json {
  if (JSON.stringify(found) === JSON.stringify(expected)) return value;
  throw new DeployError(
    "refused",
    `${place}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`,
  );
}

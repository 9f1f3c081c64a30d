import { readFile, stat } from "node:fs/promises";
import { basename } from "node:path";
import { DeployError } from "../../error.ts";
import { type JsonObject, type KubeObject, isObject, listAt, textAt, withAt } from "../object.ts";
import { type Entry, insideOf } from "./entry.ts";
import { type Kustomization, pairsOf, textsOf } from "./kustomization.ts";
import { withPairs } from "./transform.ts";
import { UnsupportedError } from "./unsupported.ts";

/** etcd takes no more for an object. */
const MAX_BYTES = 1 << 20;

/** With the ConfigMaps of `configMapGenerator`: new ones, or those of folders below with more in them. */
export async function generateConfigMaps(
  kustomization: Kustomization,
  entries: readonly Entry[],
): Promise<readonly Entry[]> {
  let result = entries;
  for (const [index, generator] of listAt(kustomization.fields, "configMapGenerator").entries()) {
    const where = `${kustomization.file}: configMapGenerator[${index}]`;
    const name = textAt(generator, "name");
    if (name === undefined) throw new DeployError("refused", `${where}: expected a name`);
    const { options, data, binaryData } = await readGenerator(generator, kustomization, where);
    const behavior = textAt(generator, "behavior") ?? "create";
    const before = result.find(({ object }) => object.kind === "ConfigMap" && object.metadata.name === name);
    if (behavior === "create" && before !== undefined)
      throw new DeployError("refused", `${where}: ${name} is there already`);
    if (behavior !== "create" && before === undefined) {
      throw new DeployError("refused", `${where}: no ConfigMap ${name} to ${behavior}`);
    }
    const base = before?.object ?? { apiVersion: "v1", kind: "ConfigMap", metadata: { name } };
    const kept =
      behavior === "merge" ? base : withAt(withAt(base, ["data"], undefined), ["binaryData"], undefined);
    let object: KubeObject = withData(kept, data, binaryData);
    for (const key of ["labels", "annotations"]) {
      const pairs = pairsOf(options[key], `${where}.options.${key}`);
      if (Object.keys(pairs).length > 0) object = withPairs(object, ["metadata", key], pairs);
    }
    const entry = { object, hashed: before?.hashed ?? options["disableNameSuffixHash"] !== true };
    result =
      before === undefined ? [...result, entry] : result.map((each) => (each === before ? entry : each));
  }
  return result;
}

function withData(
  object: KubeObject,
  data: Readonly<Record<string, string>>,
  binaryData: Readonly<Record<string, string>>,
): KubeObject {
  let result = object;
  if (Object.keys(data).length > 0) result = withPairs(result, ["data"], data);
  if (Object.keys(binaryData).length > 0) result = withPairs(result, ["binaryData"], binaryData);
  return result;
}

async function readGenerator(generator: JsonObject, { fields, folder, file }: Kustomization, where: string) {
  const own = generator["options"];
  const common = fields["generatorOptions"];
  const options: JsonObject = { ...(isObject(common) ? common : {}), ...(isObject(own) ? own : {}) };
  const other = Object.keys(options).find(
    (key) => !["disableNameSuffixHash", "labels", "annotations"].includes(key),
  );
  if (other !== undefined) throw new UnsupportedError(where, `the option ${other}`);
  const data: Record<string, string> = {};
  const binaryData: Record<string, string> = {};
  for (const name of textsOf(generator["envs"], `${where}.envs`)) {
    const text = (await readBounded(insideOf(folder, name, file), where)).toString("utf8");
    for (const line of text.split(/\r?\n/)) {
      if (/^\s*(?:#|$)/.test(line)) continue;
      addPair(data, line.trimStart(), where);
    }
  }
  for (const entry of textsOf(generator["files"], `${where}.files`)) {
    const [key, name] = entry.includes("=") ? splitPair(entry, where) : [basename(entry), entry];
    const bytes = await readBounded(insideOf(folder, name, file), where);
    const text = bytes.toString("utf8");
    if (Buffer.from(text, "utf8").equals(bytes)) data[key] = text;
    else binaryData[key] = bytes.toString("base64");
  }
  for (const literal of textsOf(generator["literals"], `${where}.literals`)) addPair(data, literal, where);
  return { options, data, binaryData };
}

function addPair(data: Record<string, string>, text: string, where: string): void {
  const [key, value] = splitPair(text, where);
  data[key] = /^(["']).*\1$/s.test(value) && value.length > 1 ? value.slice(1, -1) : value;
}

function splitPair(text: string, where: string): readonly [string, string] {
  const cut = text.indexOf("=");
  if (cut <= 0)
    throw new DeployError(
      "refused",
      `${where}: expected name=value, found ${JSON.stringify(text.slice(0, 60))}`,
    );
  return [text.slice(0, cut), text.slice(cut + 1)];
}

async function readBounded(path: string, where: string): Promise<Buffer> {
  const size = (await stat(path).catch(() => undefined))?.size;
  if (size === undefined) throw new DeployError("refused", `${where}: ${path} is not there`);
  if (size > MAX_BYTES)
    throw new DeployError("refused", `${where}: ${path}: expected at most ${MAX_BYTES} bytes, found ${size}`);
  return readFile(path);
}

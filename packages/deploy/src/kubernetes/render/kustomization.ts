import { stat } from "node:fs/promises";
import { join } from "node:path";
import { DeployError } from "../../error.ts";
import { type Json, type JsonObject, isObject, listAt } from "../object.ts";
import { readDocuments } from "./read.ts";
import { UnsupportedError } from "./unsupported.ts";

const NAMES = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
const FIELDS = new Set([
  "apiVersion",
  "kind",
  "metadata",
  "resources",
  "namespace",
  "labels",
  "commonAnnotations",
  "patches",
  "images",
  "replicas",
  "configMapGenerator",
  "generatorOptions",
]);

/** Fields of each entry of a list. */
const ENTRY_FIELDS: Readonly<Record<string, ReadonlySet<string>>> = {
  labels: new Set(["pairs", "includeSelectors", "includeTemplates"]),
  patches: new Set(["path", "patch", "target"]),
  images: new Set(["name", "newName", "newTag", "digest"]),
  replicas: new Set(["name", "count"]),
  configMapGenerator: new Set(["name", "behavior", "literals", "files", "envs", "options"]),
};

/** What one kustomization says; its fields are known, their values are checked where they are used. */
export interface Kustomization {
  /** For messages. */
  readonly file: string;
  readonly folder: string;
  readonly fields: JsonObject;
}

/** The kustomization of a folder, undefined where it has none. @throws UnsupportedError; DeployError `refused` */
export async function readKustomization(folder: string): Promise<Kustomization | undefined> {
  for (const name of NAMES) {
    const file = join(folder, name);
    if ((await stat(file).catch(() => undefined))?.isFile() !== true) continue;
    const [fields] = await readDocuments(file);
    if (!isObject(fields)) throw new DeployError("refused", `${file}: expected a kustomization, found none`);
    checkFields(fields, file);
    return { file, folder, fields };
  }
  return undefined;
}

function checkFields(fields: JsonObject, file: string): void {
  const kind = fields["kind"];
  if (kind !== undefined && kind !== "Kustomization")
    throw new UnsupportedError(file, `kind ${JSON.stringify(kind)}`);
  for (const key of Object.keys(fields)) {
    if (!FIELDS.has(key)) throw new UnsupportedError(file, key);
  }
  for (const [list, known] of Object.entries(ENTRY_FIELDS)) {
    for (const [index, entry] of listAt(fields, list).entries()) {
      const other = Object.keys(entry).find((key) => !known.has(key));
      if (other !== undefined) throw new UnsupportedError(file, `${list}[${index}].${other}`);
    }
  }
}

/** Texts of a list. @throws DeployError `refused` */
export function textsOf(value: Json | undefined, where: string): readonly string[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value) && value.every((each) => typeof each === "string")) return value;
  throw new DeployError(
    "refused",
    `${where}: expected a list of texts, found ${JSON.stringify(value)?.slice(0, 100)}`,
  );
}

/** Texts by key; numbers and the like are what YAML made of them. @throws DeployError `refused` */
export function pairsOf(value: Json | undefined, where: string): Readonly<Record<string, string>> {
  if (value === undefined || value === null) return {};
  const texts = isObject(value)
    ? Object.entries(value).map(([key, each]) => ({ key, text: scalarText(each) }))
    : [];
  if (isObject(value) && texts.every(({ text }) => text !== undefined)) {
    return Object.fromEntries(texts.map(({ key, text = "" }) => [key, text]));
  }
  throw new DeployError(
    "refused",
    `${where}: expected names with texts, found ${JSON.stringify(value)?.slice(0, 100)}`,
  );
}

/** As YAML has written it; undefined for lists and maps. */
export function scalarText(value: Json | undefined): string | undefined {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? undefined : String(value);
}

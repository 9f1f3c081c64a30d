import { readFile, stat } from "node:fs/promises";
import { type Document, parseAllDocuments } from "yaml";
import { DeployError } from "../../error.ts";
import { type Json, type KubeObject, isObject, listAt, textAt } from "../object.ts";

/** A cluster takes 1.5 MB for an object; a file has some. */
const MAX_BYTES = 16 << 20;
/** YAML may say a thing many times over by its name. */
const MAX_ALIASES = 100;

/** The documents of a YAML or JSON file that are not empty. @throws DeployError `refused` naming the line */
export async function readDocuments(path: string): Promise<readonly Json[]> {
  const size = (await stat(path).catch(() => undefined))?.size;
  if (size === undefined) throw new DeployError("refused", `${path}: expected a file, found none`);
  if (size > MAX_BYTES)
    throw new DeployError("refused", `${path}: expected at most ${MAX_BYTES} bytes, found ${size}`);
  return parseDocuments(await readFile(path, "utf8"), path);
}

export function parseDocuments(text: string, where: string): readonly Json[] {
  const documents = parseAllDocuments(text, { version: "1.2", schema: "core", merge: true });
  if (!Array.isArray(documents)) return [];
  return (documents as readonly Document.Parsed[]).flatMap((document) => {
    const [error] = document.errors;
    if (error !== undefined) {
      const line = error.linePos?.[0].line;
      const problem = error.message.split("\n")[0]!.replace(/ at line \d+, column \d+:?$/, "");
      throw new DeployError("refused", `${where}${line === undefined ? "" : `:${line}`}: ${problem}`, {
        place: { file: where, ...(line === undefined ? {} : { line }) },
      });
    }
    const value = toJson(document, where);
    return value === null ? [] : [value];
  });
}

function toJson(document: Document.Parsed, where: string): Json {
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES }) as Json;
  } catch (error) {
    throw new DeployError("refused", `${where}: ${(error as Error).message}`, { cause: error });
  }
}

/** The objects of a file; lists are what is in them. @throws DeployError `refused` */
export async function readObjects(path: string): Promise<readonly KubeObject[]> {
  return (await readDocuments(path)).flatMap((value) => toObjects(value, path));
}

export function toObjects(value: Json, where: string): readonly KubeObject[] {
  if (isObject(value) && textAt(value, "kind")?.endsWith("List") === true && Array.isArray(value["items"])) {
    return listAt(value, "items").flatMap((item) => toObjects(item, where));
  }
  for (const path of [["apiVersion"], ["kind"], ["metadata", "name"]]) {
    if (isObject(value) && (textAt(value, ...path) ?? "") !== "") continue;
    const of = textAt(value, "kind") === undefined ? "" : ` of a ${textAt(value, "kind")}`;
    throw new DeployError("refused", `${where}: expected ${path.join(".")}${of}, found none`, {
      hint: "every manifest needs apiVersion, kind and metadata.name",
    });
  }
  return [value as unknown as KubeObject];
}

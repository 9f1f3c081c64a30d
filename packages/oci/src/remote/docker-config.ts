import { open } from "node:fs/promises";
import { OciError } from "../error.ts";
import { parseSecretFields, secretFields, secretText } from "./secret-fields.ts";

export type Fields = Readonly<Record<string, unknown>>;

const MOST_BYTES = 1024 * 1024;
const HUB = "docker.io";
/** The key Docker has kept for its hub since registries had version 1. */
const HUB_KEY = "https://index.docker.io/v1/";

export function refuse(file: string, why: string, cause?: unknown): OciError {
  return new OciError("unauthorized", `${file}: ${why}`, {
    ...(cause === undefined ? {} : { cause }),
    hint: "mend the file or log in again",
  });
}

/** Undefined where there is no such file, or nothing in it. */
export async function readConfig(file: string): Promise<Fields | undefined> {
  let text: string;
  try {
    await using handle = await open(file, "r");
    const { size } = await handle.stat();
    if (size > MOST_BYTES) throw refuse(file, `expected at most ${MOST_BYTES} bytes, found ${size}`);
    text = await handle.readFile("utf8");
  } catch (error) {
    if (error instanceof OciError) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw refuse(file, `cannot be read (${code})`, error);
  }
  if (text.trim() === "") return undefined;
  const fields = parseSecretFields(text);
  if (fields === undefined) throw refuse(file, "expected a JSON object");
  return fields;
}

/** An object below a name, empty where there is none. */
export function objectAt(file: string, fields: Fields, name: string): Fields {
  const value = fields[name];
  const found = value === undefined || value === null ? {} : secretFields(value);
  if (found === undefined) throw refuse(file, `${name}: expected an object`);
  return found;
}

/** Docker Hub goes by several names. */
export function canonical(host: string): string {
  return /^(?:index|registry-1)\.docker\.io$/.test(host) ? HUB : host;
}

/** `https://index.docker.io/v1/`, `ghcr.io` or `quay.io/team`, as host and path. */
export function splitKey(key: string): { host: string; path: string } {
  const bare = key.replace(/^https?:\/\//, "").replace(/\/(?:v[12]\/?)?$/, "");
  const slash = bare.indexOf("/");
  const host = (slash === -1 ? bare : bare.slice(0, slash)).toLowerCase();
  return { host: canonical(host), path: slash === -1 ? "" : bare.slice(slash + 1) };
}

/** What helpers and `auths` call a registry. */
export function serverOf(registry: string): string {
  return canonical(registry) === HUB ? HUB_KEY : registry;
}

/** The helper for one registry, else the helper for all. */
export function helperOf(file: string, fields: Fields, registry: string): string | undefined {
  const host = canonical(registry);
  const helpers = objectAt(file, fields, "credHelpers");
  const own = Object.keys(helpers).find((key) => splitKey(key).host === host);
  return (own === undefined ? undefined : secretText(helpers, own)) ?? secretText(fields, "credsStore");
}

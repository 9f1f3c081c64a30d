import { accessSync, constants } from "node:fs";
import { resolve } from "node:path";
import type { SecretSource } from "@seaworthy/builder";
import { CliError } from "../error.ts";

type Env = Readonly<Record<string, string | undefined>>;

/**
 * `NAME=value`. With an environment a bare NAME takes its value from there, and is left out where it is not set, as
 * docker buildx does with --build-arg.
 */
export function parsePairs(
  flag: string,
  values: readonly string[],
  env?: Env,
): Readonly<Record<string, string>> {
  const pairs = values.flatMap((text) => {
    const at = text.indexOf("=");
    const name = at < 0 ? text : text.slice(0, at);
    if (name === "" || (at < 0 && env === undefined)) {
      throw new CliError("usage", `${flag} ${JSON.stringify(text)}: expected NAME=VALUE`);
    }
    const value = at < 0 ? env?.[name] : text.slice(at + 1);
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(pairs);
}

interface Surroundings {
  readonly cwd: string;
  readonly env: Env;
}

/**
 * `id=NAME,src=FILE` or `id=NAME,env=VARIABLE`. With the id alone it is the variable of that name, else the file, as
 * buildx has it.
 */
export function parseSecrets(
  values: readonly string[],
  around: Surroundings,
): Readonly<Record<string, SecretSource>> {
  return Object.fromEntries(values.map((text) => parseSecret(text, around)));
}

function parseSecret(text: string, { cwd, env }: Surroundings): readonly [string, SecretSource] {
  const fields = fieldsOf("--secret", text, ["id", "src", "source", "env", "type"]);
  const { id, env: variable, type } = fields;
  const source = fields["src"] ?? fields["source"];
  if (id === undefined) throw new CliError("usage", `--secret ${JSON.stringify(text)}: has no id=`);
  if (type !== undefined && type !== "file" && type !== "env") {
    throw new CliError("usage", `--secret id=${id}: found type=${type}, expected file or env`);
  }
  const named = variable ?? (type === "env" ? (source ?? id) : undefined);
  const implied = type === undefined && source === undefined && env[id] !== undefined ? id : undefined;
  const fromEnv = named ?? implied;
  if (fromEnv !== undefined) {
    const value = env[fromEnv];
    if (value === undefined) throw new CliError("usage", `--secret id=${id}: ${fromEnv} is not set`);
    return [id, { value }];
  }
  const file = resolve(cwd, source ?? id);
  try {
    accessSync(file, constants.R_OK);
  } catch (cause) {
    throw new CliError("usage", `--secret id=${id}: cannot read ${file}`, { cause });
  }
  return [id, { file }];
}

/** `type=oci,dest=FILE`: comma separated, as buildx writes them. */
function fieldsOf(
  flag: string,
  text: string,
  known: readonly string[],
): Readonly<Record<string, string | undefined>> {
  const fields = text.split(",").map((part) => {
    const at = part.indexOf("=");
    if (at <= 0) {
      throw new CliError("usage", `${flag} ${JSON.stringify(text)}: expected KEY=VALUE[,KEY=VALUE]`);
    }
    const name = part.slice(0, at);
    if (!known.includes(name)) {
      throw new CliError(
        "usage",
        `${flag}: unknown field ${JSON.stringify(name)}, expected ${known.join(", ")}`,
      );
    }
    return [name, part.slice(at + 1)];
  });
  return Object.fromEntries(fields) as Readonly<Record<string, string>>;
}

export type Output =
  | { readonly type: "store" }
  | { readonly type: "oci"; readonly dest: string; readonly tar: boolean }
  | { readonly type: "local"; readonly dest: string };

export function parseOutput(text: string | undefined, cwd: string): Output {
  if (text === undefined) return { type: "store" };
  if (!text.includes("=")) return { type: "local", dest: destination(text, cwd) };
  const {
    type,
    dest,
    tar = "true",
  } = fieldsOf("--output", text, /(?:^|,)type=oci\b/.test(text) ? ["type", "dest", "tar"] : ["type", "dest"]);
  if (type !== "oci" && type !== "local") {
    throw new CliError("usage", `--output: found type=${type ?? ""}, expected oci or local`, {
      hint: "what is built is in the store in any case; to publish, use seaworthy release",
    });
  }
  if (dest === undefined || dest === "") throw new CliError("usage", `--output type=${type}: has no dest=`);
  if (type === "local") return { type, dest: destination(dest, cwd) };
  if (tar !== "true" && tar !== "false") {
    throw new CliError("usage", `--output type=oci: found tar=${tar}, expected true or false`);
  }
  return { type, dest: destination(dest, cwd), tar: tar === "true" };
}

/** stdout carries the digest and nothing else. */
function destination(dest: string, cwd: string): string {
  if (dest !== "-") return resolve(cwd, dest);
  throw new CliError("usage", "--output dest=-: expected a path, as stdout carries the digest");
}

import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { SecretSource } from "@seaworthy/builder";
import { CliError } from "../error.ts";

/** `NAME=value`; a bare NAME takes the value from the environment, as docker buildx does. */
export function parsePairs(
  flag: string,
  values: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): Readonly<Record<string, string>> {
  const pairs: Record<string, string> = {};
  for (const text of values) {
    const cut = text.indexOf("=");
    const name = cut < 0 ? text : text.slice(0, cut);
    if (name === "") throw new CliError("usage", `${flag} ${JSON.stringify(text)}: expected NAME=VALUE`);
    const value = cut < 0 ? env[name] : text.slice(cut + 1);
    if (value !== undefined) pairs[name] = value;
  }
  return pairs;
}

/** `id=NAME,src=FILE` or `id=NAME,env=VARIABLE`. */
export function parseSecrets(
  values: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: Readonly<Record<string, string | undefined>> },
): Readonly<Record<string, SecretSource>> {
  return Object.fromEntries(
    values.map((text) => {
      const fields = fieldsOf("--secret", text);
      const { id, src, source, env: variable, type, ...rest } = fields;
      const [unknown] = Object.keys(rest);
      if (unknown !== undefined)
        throw new CliError("usage", `--secret: unknown field ${JSON.stringify(unknown)}`);
      if (id === undefined) throw new CliError("usage", `--secret ${JSON.stringify(text)}: has no id=`);
      const fromEnv = variable ?? (type === "env" ? (src ?? source ?? id) : undefined);
      if (fromEnv !== undefined) {
        const value = env[fromEnv];
        if (value === undefined) throw new CliError("usage", `--secret id=${id}: ${fromEnv} is not set`);
        return [id, { value }];
      }
      const file = resolve(cwd, src ?? source ?? id);
      try {
        readFileSync(file, { flag: "r" });
      } catch (cause) {
        throw new CliError("usage", `--secret id=${id}: cannot read ${file}`, { cause });
      }
      return [id, { file }];
    }),
  );
}

/** `type=oci,dest=FILE`: comma separated, as buildx writes them. */
export function fieldsOf(flag: string, text: string): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    text.split(",").map((part) => {
      const cut = part.indexOf("=");
      if (cut <= 0)
        throw new CliError("usage", `${flag} ${JSON.stringify(text)}: expected KEY=VALUE[,KEY=VALUE]`);
      return [part.slice(0, cut), part.slice(cut + 1)];
    }),
  );
}

export type Output =
  | { readonly type: "store" }
  | { readonly type: "oci"; readonly dest: string; readonly tar: boolean }
  | { readonly type: "local"; readonly dest: string };

export function parseOutput(text: string | undefined, cwd: string): Output {
  if (text === undefined) return { type: "store" };
  if (!text.includes("=")) return { type: "local", dest: resolve(cwd, text) };
  const { type, dest, tar = "true", ...rest } = fieldsOf("--output", text);
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined)
    throw new CliError("usage", `--output: unknown field ${JSON.stringify(unknown)}`);
  if (type !== "oci" && type !== "local") {
    throw new CliError("usage", `--output type=${type ?? ""}: expected oci or local`, {
      hint: "to publish, tag it with -t and push, or use seaworthy release",
    });
  }
  if (dest === undefined) throw new CliError("usage", `--output type=${type}: has no dest=`);
  if (type === "local") return { type, dest: resolve(cwd, dest) };
  return { type, dest: resolve(cwd, dest), tar: tar !== "false" };
}

import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type SigningKey, keyPair, readPrivateKey } from "@seaworthy/evidence";
import { Secret } from "@seaworthy/oci";
import type { KeyPlace } from "../config/sign-schema.ts";
import { CliError } from "../error.ts";
import type { Machine } from "../machine/machine.ts";
import { type Question, ask } from "../machine/prompt.ts";

/** Both are read; cosign's own comes first. Empty is a password too. */
const PASSWORDS = ["COSIGN_PASSWORD", "SEAWORTHY_KEY_PASSWORD"] as const;
/** How cosign names a variable in place of a file. */
const IN_ENVIRONMENT = "env://";

/**
 * The key to sign with: a file, a variable that holds one, or what a config made of a key management service.
 * @param folder what files are named from
 */
export async function openKey(
  machine: Machine,
  place: KeyPlace,
  folder: string,
  signal: AbortSignal,
): Promise<SigningKey> {
  if (typeof place === "object" && "sign" in place) return place;
  const { pem, where } = await readPem(machine, place, folder);
  const password = (): Promise<Secret> => passwordOf(machine, `password of ${where}`, signal);
  return keyPair(await readPrivateKey(pem, password, where), where);
}

async function readPem(
  { env }: Machine,
  place: string | { readonly env: string },
  folder: string,
): Promise<{ readonly pem: string; readonly where: string }> {
  const source = sourceOf(place);
  if ("file" in source) return { pem: await readKeyFile(folder, source.file), where: `key ${source.file}` };
  const where = `key in ${source.env}`;
  const pem = env[source.env];
  if (pem !== undefined && pem !== "") return { pem, where };
  throw new CliError("usage", `${where}: the variable is not set`);
}

function sourceOf(
  place: string | { readonly env: string },
): { readonly env: string } | { readonly file: string } {
  if (typeof place !== "string") return place;
  return place.startsWith(IN_ENVIRONMENT) ? { env: place.slice(IN_ENVIRONMENT.length) } : { file: place };
}

async function readKeyFile(folder: string, file: string): Promise<string> {
  return readFile(resolve(folder, file), "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw new CliError("usage", `key ${file}: ${cause.code === "ENOENT" ? "not there" : cause.message}`, {
      cause,
      hint: 'make one with "seaworthy generate-key"',
    });
  });
}

/** From the environment, else asked for without showing what is typed. */
async function passwordOf(machine: Machine, text: string, signal: AbortSignal): Promise<Secret> {
  return givenPassword(machine) ?? new Secret(await ask(machine, question(text), signal));
}

/** The same for a key that is made: asked for twice, since a slip would lose the key. */
export async function newPassword(machine: Machine, text: string, signal: AbortSignal): Promise<Secret> {
  const given = givenPassword(machine);
  if (given !== undefined) return given;
  const password = await ask(machine, question(text), signal);
  if (password === (await ask(machine, question("once more"), signal))) return new Secret(password);
  throw new CliError("usage", `${text}: the two are not the same`);
}

function givenPassword({ env }: Machine): Secret | undefined {
  const given = PASSWORDS.map((name) => env[name]).find((value) => value !== undefined);
  return given === undefined ? undefined : new Secret(given);
}

function question(text: string): Question {
  return { text, hidden: true, hint: "set COSIGN_PASSWORD" };
}

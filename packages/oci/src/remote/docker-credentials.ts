import { open } from "node:fs/promises";
import { join } from "node:path";
import { OciError } from "../error.ts";
import { Secret } from "../secret.ts";
import { askHelper, commandRunner } from "./credential-helper.ts";
import type { RunCommand } from "./credential-helper.ts";
import type { Credential, Credentials } from "./credentials.ts";
import { parseSecretFields, secretFields, secretText } from "./secret-fields.ts";

type Fields = Readonly<Record<string, unknown>>;
type Environment = Readonly<Record<string, string | undefined>>;

const MOST_BYTES = 1024 * 1024;
const HUB = "docker.io";
/** The key Docker has kept for its hub since registries had version 1. */
const HUB_KEY = "https://index.docker.io/v1/";

/**
 * Where Docker, Podman and their kin keep credentials, by their environment variables, first one first. Nothing is
 * looked up here.
 */
export function credentialFiles(environment: Environment): readonly string[] {
  const { HOME, DOCKER_CONFIG, REGISTRY_AUTH_FILE, XDG_RUNTIME_DIR, XDG_CONFIG_HOME } = environment;
  const docker = DOCKER_CONFIG ?? (HOME === undefined ? undefined : join(HOME, ".docker"));
  const config = XDG_CONFIG_HOME ?? (HOME === undefined ? undefined : join(HOME, ".config"));
  const beside = (folder: string | undefined, ...path: string[]): string[] =>
    folder === undefined || folder === "" ? [] : [join(folder, ...path)];
  return [
    ...beside(REGISTRY_AUTH_FILE),
    ...beside(docker, "config.json"),
    ...beside(XDG_RUNTIME_DIR, "containers", "auth.json"),
    ...beside(config, "containers", "auth.json"),
  ];
}

export interface DockerCredentialOptions {
  /** In this order; those that are not there are passed over. See `credentialFiles`. */
  readonly files: readonly string[];
  /** Of the credential helpers: `PATH`, `HOME` and what each of them needs. */
  readonly environment: Environment;
  readonly run?: RunCommand;
}

/**
 * Credentials from Docker's `config.json` and containers' `auth.json`: helpers for one registry, the helper for all,
 * then what is in the file itself.
 * @throws OciError `unauthorized` for a file that cannot be read or a helper that fails; never showing content
 */
export function dockerCredentials(options: DockerCredentialOptions): Credentials {
  const { files, environment, run = commandRunner(environment) } = options;
  return {
    async find(registry, repository, signal) {
      for (const file of files) {
        const fields = await readConfig(file);
        if (fields === undefined) continue;
        const found = await findIn({ file, fields, run }, registry, repository, signal);
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
}

interface Config {
  readonly file: string;
  readonly fields: Fields;
  readonly run: RunCommand;
}

function refuse(file: string, why: string, cause?: unknown): OciError {
  return new OciError("unauthorized", `${file}: ${why}`, {
    ...(cause === undefined ? {} : { cause }),
    hint: "mend the file or log in again",
  });
}

async function readConfig(file: string): Promise<Fields | undefined> {
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
function objectAt(file: string, fields: Fields, name: string): Fields {
  const value = fields[name];
  const found = value === undefined || value === null ? {} : secretFields(value);
  if (found === undefined) throw refuse(file, `${name}: expected an object`);
  return found;
}

async function findIn(
  { file, fields, run }: Config,
  registry: string,
  repository: string,
  signal?: AbortSignal,
): Promise<Credential | undefined> {
  const host = canonical(registry);
  const helpers = objectAt(file, fields, "credHelpers");
  const own = Object.keys(helpers).find((key) => splitKey(key).host === host);
  const helper =
    (own === undefined ? undefined : secretText(helpers, own)) ?? secretText(fields, "credsStore");
  if (helper !== undefined) {
    const found = await askHelper(helper, host === HUB ? HUB_KEY : registry, run, signal);
    if (found !== undefined) return found;
  }
  const auths = objectAt(file, fields, "auths");
  const key = bestKey(Object.keys(auths), host, repository);
  if (key === undefined) return undefined;
  const entry = secretFields(auths[key]);
  if (entry === undefined) throw refuse(file, `auths[${JSON.stringify(key)}]: expected an object`);
  return storedCredential(entry);
}

/** Docker Hub goes by several names. */
function canonical(host: string): string {
  return /^(?:index|registry-1)\.docker\.io$/.test(host) ? HUB : host;
}

/** `https://index.docker.io/v1/`, `ghcr.io` or `quay.io/team`, as host and path. */
function splitKey(key: string): { host: string; path: string } {
  const bare = key.replace(/^https?:\/\//, "").replace(/\/(?:v[12]\/?)?$/, "");
  const slash = bare.indexOf("/");
  const host = (slash === -1 ? bare : bare.slice(0, slash)).toLowerCase();
  return { host: canonical(host), path: slash === -1 ? "" : bare.slice(slash + 1) };
}

/** The longest: containers' auth.json may name a namespace (containers-auth.json(5)). */
function bestKey(keys: readonly string[], registry: string, repository: string): string | undefined {
  const fits = keys
    .map((key) => ({ key, ...splitKey(key) }))
    .filter(
      ({ host, path }) => host === registry && (path === "" || `${repository}/`.startsWith(`${path}/`)),
    );
  return fits.sort((a, b) => b.path.length - a.path.length)[0]?.key;
}

function storedCredential(entry: Fields): Credential | undefined {
  const identity = secretText(entry, "identitytoken");
  if (identity !== undefined) return { kind: "identity-token", token: new Secret(identity) };
  const bearer = secretText(entry, "registrytoken");
  if (bearer !== undefined) return { kind: "bearer", token: new Secret(bearer) };
  const auth = secretText(entry, "auth");
  const [username, password] =
    auth === undefined ? [secretText(entry, "username"), secretText(entry, "password")] : splitAuth(auth);
  if (username === undefined || password === undefined) return undefined;
  return { kind: "basic", username, password: new Secret(password) };
}

/** Base64 of `name:password`; older Dockers padded it with NUL. */
function splitAuth(auth: string): readonly [string, string] | [] {
  const text = Buffer.from(auth, "base64").toString("utf8").replace(/\0+$/, "");
  const colon = text.indexOf(":");
  return colon === -1 ? [] : [text.slice(0, colon), text.slice(colon + 1)];
}

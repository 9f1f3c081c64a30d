import { join } from "node:path";
import { Secret } from "../secret.ts";
import { askHelper, commandRunner } from "./credential-helper.ts";
import type { RunCommand } from "./credential-helper.ts";
import type { Credential, Credentials } from "./credentials.ts";
import { canonical, helperOf, objectAt, readConfig, refuse, serverOf, splitKey } from "./docker-config.ts";
import type { Fields } from "./docker-config.ts";
import { secretFields, secretText } from "./secret-fields.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Docker's `config.json`; undefined where the environment names no home. Nothing is looked up here. */
export function dockerConfigFile({ HOME, DOCKER_CONFIG }: Environment): string | undefined {
  const folder = DOCKER_CONFIG ?? (HOME === undefined || HOME === "" ? undefined : join(HOME, ".docker"));
  return folder === undefined || folder === "" ? undefined : join(folder, "config.json");
}

/**
 * Where Docker, Podman and their kin keep credentials, by their environment variables, first one first. Nothing is
 * looked up here.
 */
export function credentialFiles(environment: Environment): readonly string[] {
  const { HOME, REGISTRY_AUTH_FILE, XDG_RUNTIME_DIR, XDG_CONFIG_HOME } = environment;
  const config = XDG_CONFIG_HOME ?? (HOME === undefined ? undefined : join(HOME, ".config"));
  const beside = (folder: string | undefined, ...path: string[]): string[] =>
    folder === undefined || folder === "" ? [] : [join(folder, ...path)];
  return [
    ...beside(REGISTRY_AUTH_FILE),
    ...beside(dockerConfigFile(environment)),
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

async function findIn(
  { file, fields, run }: Config,
  registry: string,
  repository: string,
  signal?: AbortSignal,
): Promise<Credential | undefined> {
  const host = canonical(registry);
  const helper = helperOf(file, fields, registry);
  if (helper !== undefined) {
    const found = await askHelper(helper, serverOf(registry), run, signal);
    if (found !== undefined) return found;
  }
  const auths = objectAt(file, fields, "auths");
  const key = bestKey(Object.keys(auths), host, repository);
  if (key === undefined) return undefined;
  const entry = secretFields(auths[key]);
  if (entry === undefined) throw refuse(file, `auths[${JSON.stringify(key)}]: expected an object`);
  return storedCredential(entry);
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

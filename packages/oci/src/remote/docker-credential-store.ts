import { randomUUID } from "node:crypto";
import { mkdir, open, realpath, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { commandRunner, makeHelperForget, tellHelper } from "./credential-helper.ts";
import type { RunCommand } from "./credential-helper.ts";
import type { Credential } from "./credentials.ts";
import { canonical, helperOf, objectAt, readConfig, serverOf, splitKey } from "./docker-config.ts";
import type { Fields } from "./docker-config.ts";

export type PasswordCredential = Credential & { readonly kind: "basic" };

/** Where `docker login` keeps credentials, so that every container tool finds them. */
export interface CredentialStore {
  /** @returns for people: a file, or a helper */
  store(registry: string, credential: PasswordCredential, signal?: AbortSignal): Promise<StoredAt>;
  /** @returns where they were; undefined where there were none */
  erase(registry: string, signal?: AbortSignal): Promise<StoredAt | undefined>;
}

export interface StoredAt {
  /** A file, or the program of a credential helper. */
  readonly place: string;
  /** False for a file, which whoever reads it can read. */
  readonly encrypted: boolean;
}

export interface CredentialStoreOptions {
  /** Docker's `config.json`. */
  readonly file: string;
  /** Of the credential helpers. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly run?: RunCommand;
}

/**
 * Docker's `config.json`: the helper it names for the registry, else its `auths`. The rest of the file stays as it is;
 * it is replaced as a whole, for this user's eyes only.
 * @throws OciError `unauthorized` for a file that cannot be read or a helper that fails; never showing content
 */
export function dockerCredentialStore({
  file,
  environment,
  run = commandRunner(environment),
}: CredentialStoreOptions): CredentialStore {
  return {
    async store(registry, credential, signal) {
      const fields = (await readConfig(file)) ?? {};
      const server = serverOf(registry);
      const helper = helperOf(file, fields, registry);
      if (helper !== undefined) await tellHelper(helper, server, credential, run, signal);
      // With a helper Docker keeps an empty entry, to know where it is logged in.
      const entry = helper === undefined ? { auth: authOf(credential) } : {};
      const auths = { ...withoutHost(objectAt(file, fields, "auths"), registry), [server]: entry };
      await replace(file, { ...fields, auths });
      return placeOf(file, helper);
    },
    async erase(registry, signal) {
      const fields = await readConfig(file);
      if (fields === undefined) return undefined;
      const helper = helperOf(file, fields, registry);
      const forgotten =
        helper !== undefined && (await makeHelperForget(helper, serverOf(registry), run, signal));
      const before = objectAt(file, fields, "auths");
      const auths = withoutHost(before, registry);
      const removed = Object.keys(auths).length < Object.keys(before).length;
      if (removed) await replace(file, { ...fields, auths });
      return forgotten || removed ? placeOf(file, helper) : undefined;
    },
  };
}

function placeOf(file: string, helper: string | undefined): StoredAt {
  return helper === undefined
    ? { place: file, encrypted: false }
    : { place: `docker-credential-${helper}`, encrypted: true };
}

function authOf({ username, password }: PasswordCredential): string {
  return Buffer.from(`${username}:${password.reveal()}`).toString("base64");
}

/** An entry for a namespace of the registry is somebody else's. */
function withoutHost(auths: Fields, registry: string): Fields {
  const host = canonical(registry);
  const kept = Object.entries(auths).filter(([key]) => {
    const { host: other, path } = splitKey(key);
    return other !== host || path !== "";
  });
  return Object.fromEntries(kept);
}

/** Whole or not at all; a link to a file elsewhere stays one. */
async function replace(file: string, fields: Fields): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const target = await realpath(file).catch(() => file);
  const temporary = `${target}.${randomUUID()}`;
  try {
    {
      await using handle = await open(temporary, "wx", 0o600);
      await handle.writeFile(`${JSON.stringify(fields, null, "\t")}\n`);
      await handle.sync();
    }
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

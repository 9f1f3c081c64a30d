import { OciError, Secret } from "@seaworthy/oci";
import {
  type PasswordCredential,
  checkLogin,
  dockerCredentialStore,
  registryAgent,
} from "@seaworthy/oci/remote";
import { CliError } from "../error.ts";
import type { Machine } from "../machine/machine.ts";
import { ask } from "../machine/prompt.ts";
import { readText } from "./event.ts";
import { credentialFile, registryHost } from "./registry-host.ts";

/** There is no flag for a password: whoever lists processes would see it, and the shell would keep it. */
export interface LoginFlags {
  readonly username?: string;
  readonly passwordStdin?: true;
}

const MAX_PASSWORD = 64 * 1024;
const HINT = "pipe the password in: … --username NAME --password-stdin";
/** What these take in place of the password people know. */
const TOKENS: Readonly<Record<string, string>> = {
  "ghcr.io": "ghcr.io takes a personal access token (classic) with write:packages as password",
  "docker.io":
    "docker.io takes an access token as password, where the account has two-factor login nothing else",
};

/** Keeps credentials once the registry has taken them. Gives the lines to say about it. */
export async function runLogin(
  machine: Machine,
  text: string,
  flags: LoginFlags,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const registry = registryHost(text);
  const credential = await credentialOf(machine, flags, signal);
  const asked = await checkLogin(registry, credential, { http: registryAgent(machine.env), signal }).catch(
    (error: unknown) => {
      throw explained(registry, error);
    },
  );
  const store = dockerCredentialStore({ file: credentialFile(machine), environment: machine.env });
  const { place, encrypted } = await store.store(registry, credential, signal);
  return [
    ...(asked ? [] : [`warning: ${registry} asks nobody for credentials, so these were not checked`]),
    `logged in to ${registry} as ${credential.username}; kept in ${place}${encrypted ? "" : ", not encrypted"}`,
  ];
}

async function credentialOf(
  machine: Machine,
  { username, passwordStdin }: LoginFlags,
  signal: AbortSignal,
): Promise<PasswordCredential> {
  if (passwordStdin === true && username === undefined) {
    throw new CliError("usage", "--password-stdin: expected --username as well", { hint: HINT });
  }
  const name = username ?? (await ask(machine, { text: "user name", hint: HINT }, signal));
  if (name === "" || name.includes(":")) {
    throw new CliError("usage", `user name ${JSON.stringify(name)}: expected one without a colon`);
  }
  const password =
    passwordStdin === true
      ? (await readText(undefined, MAX_PASSWORD, "stdin")).replace(/\r?\n$/, "")
      : await ask(machine, { text: "password", hidden: true, hint: HINT }, signal);
  if (password === "") throw new CliError("usage", "password: expected one, found nothing", { hint: HINT });
  return { kind: "basic", username: name, password: new Secret(password) };
}

function explained(registry: string, error: unknown): unknown {
  if (!(error instanceof OciError)) return error;
  const { code, message, retryable } = error;
  const about = (hint: string): OciError => new OciError(code, message, { cause: error, hint, retryable });
  if (code === "unauthorized") return about(TOKENS[registry] ?? "check the user name and the password");
  if (code === "not-found") return about(`check the name: nothing at ${registry} speaks as a registry`);
  return error;
}

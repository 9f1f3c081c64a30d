import { Secret } from "@seaworthy/oci";

export interface NpmSettings {
  readonly registry?: string;
  /** `Authorization` headers by `host/path/`, as the keys of an npmrc name them. */
  readonly authorization: ReadonlyMap<string, Secret>;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** The lines of an `.npmrc` that say where packages come from; `${NAME}` is taken from the environment. */
export function parseNpmrc(text: string, env: Environment): NpmSettings {
  const values = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [, key, value] = /^\s*([^#;=\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) values.set(key, expand(unquote(value), env));
  }
  const registry = values.get("registry");
  return { ...(registry !== undefined && { registry }), authorization: authorizationOf(values) };
}

function authorizationOf(values: ReadonlyMap<string, string>): Map<string, Secret> {
  const found = new Map<string, Secret>();
  for (const [key, value] of values) {
    const [, place, kind] = /^\/\/(.+?):(_authToken|_auth|username)$/.exec(key) ?? [];
    if (place === undefined || value === "") continue;
    const at = place.endsWith("/") ? place : `${place}/`;
    if (kind === "_authToken") found.set(at, new Secret(`Bearer ${value}`));
    else if (kind === "_auth") found.set(at, new Secret(`Basic ${value}`));
    else {
      // npm stores the password in base64 (npm-registry-fetch, auth.js).
      const password = Buffer.from(values.get(`//${place}:_password`) ?? "", "base64").toString("utf8");
      if (password === "") continue;
      found.set(at, new Secret(`Basic ${Buffer.from(`${value}:${password}`).toString("base64")}`));
    }
  }
  return found;
}

function unquote(value: string): string {
  return /^"(.*)"$/.exec(value)?.[1] ?? /^'(.*)'$/.exec(value)?.[1] ?? value;
}

function expand(value: string, env: Environment): string {
  return value.replaceAll(/\$\{([^}?]+)\??\}/g, (_, name: string) => env[name] ?? "");
}

import { basename, join } from "node:path/posix";
import { DebianError } from "../error.ts";
import { debianMirrors, parseListFile, parseSourcesFile } from "./apt-sources.ts";
import { DEFAULT_MIRRORS } from "./mirrors.ts";
import type { Mirrors, ProxySettings } from "./mirrors.ts";
import { parseNpmrc } from "./npmrc.ts";
import type { NpmSettings } from "./npmrc.ts";

/** What discovery may look at. A missing or unreadable file is undefined, a missing directory an empty list. */
export interface Machine {
  readFile(path: string): Promise<string | undefined>;
  /** Names in a directory. */
  list(path: string): Promise<readonly string[]>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  readonly cwd: string;
}

const APT = "/etc/apt";

/**
 * The mirrors to use, per archive: the config's own where it names any; else those that this machine's apt and npm are
 * configured with, and after them the published ones. Proxies come from the environment.
 * @throws DebianError `invalid-base` where the config names something that is not an http(s) URL
 */
export async function discoverMirrors(
  machine: Machine,
  config: Partial<Pick<Mirrors, "debian" | "debianSecurity" | "npm">> = {},
): Promise<Mirrors> {
  for (const [name, urls] of Object.entries(config)) for (const url of urls) checkUrl(name, url);
  const [apt, npm] = await Promise.all([aptMirrors(machine), npmSettings(machine)]);
  const registry = npm.registry === undefined ? [] : [npm.registry];
  return {
    debian: config.debian ?? unique([...apt.debian, ...DEFAULT_MIRRORS.debian]),
    debianSecurity:
      config.debianSecurity ?? unique([...apt.debianSecurity, ...DEFAULT_MIRRORS.debianSecurity]),
    npm: config.npm ?? unique([...registry, ...DEFAULT_MIRRORS.npm]),
    npmAuthorization: npm.authorization,
    proxy: proxySettings(machine.env),
  };
}

async function aptMirrors(machine: Machine) {
  const parts = (await machine.list(`${APT}/sources.list.d`)).toSorted();
  const files = [`${APT}/sources.list`, ...parts.map((name) => `${APT}/sources.list.d/${basename(name)}`)];
  const sources = await Promise.all(
    files.map(async (path) => {
      if (!/\.(?:list|sources)$/.test(path)) return [];
      const text = (await machine.readFile(path)) ?? "";
      return path.endsWith(".sources") ? parseSourcesFile(text) : parseListFile(text);
    }),
  );
  return debianMirrors(sources.flat());
}

/** npm's own order: environment, project, user, global (npm help npmrc). */
async function npmSettings(machine: Machine): Promise<NpmSettings> {
  const { env, home, cwd } = machine;
  const setting = (name: string) => env[`npm_config_${name}`] ?? env[`NPM_CONFIG_${name.toUpperCase()}`];
  const globals = setting("globalconfig");
  const files = [
    join(cwd, ".npmrc"),
    setting("userconfig") ?? join(home, ".npmrc"),
    ...(globals === undefined ? ["/usr/local/etc/npmrc", "/usr/etc/npmrc", "/etc/npmrc"] : [globals]),
  ];
  const found = await Promise.all(
    files.map(async (path) => parseNpmrc((await machine.readFile(path)) ?? "", env)),
  );
  const registry = [setting("registry"), ...found.map((file) => file.registry)].find(isUrl);
  const authorization = new Map(found.toReversed().flatMap((file) => [...file.authorization]));
  return { ...(registry !== undefined && { registry }), authorization };
}

/** The usual variables. `HTTP_PROXY` in capitals is left alone as curl does: a CGI request could set it. */
function proxySettings(env: Machine["env"]): ProxySettings {
  const found = {
    http: env["http_proxy"],
    https: env["https_proxy"] ?? env["HTTPS_PROXY"],
    noProxy: env["no_proxy"] ?? env["NO_PROXY"],
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined && value !== ""));
}

function unique(urls: readonly string[]): readonly string[] {
  return [...new Set(urls.map((url) => url.replace(/\/+$/, "")))];
}

function isUrl(text: string | undefined): text is string {
  return text !== undefined && /^https?:\/\/./.test(text) && URL.canParse(text);
}

function checkUrl(name: string, url: string): void {
  if (isUrl(url)) return;
  throw new DebianError(
    "invalid-base",
    `mirrors.${name}: expected an http or https URL, found ${JSON.stringify(url)}`,
  );
}

import { type Clock, Secret, SeaworthyError, systemClock } from "@seaworthy/oci";
import { type Notifier, type NotifierConfig, openNotifiers } from "@seaworthy/release";
import type { ParsedNotifier } from "../config/notify-schema.ts";
import { CliError } from "../error.ts";
import type { Machine } from "./machine.ts";

export interface OpenedNotifiers {
  readonly notifiers: readonly Notifier[];
  /** One for each entry of the config that cannot be used here. */
  readonly warnings: readonly string[];
}

type Env = Machine["env"];

/**
 * Who is told of this machine's runs. What is not set leaves an entry out and fails nothing: laptops have no secrets,
 * and neither have runs of forks.
 */
export function notifiersOf(
  { env }: Pick<Machine, "env">,
  config: readonly ParsedNotifier[],
  clock: Clock = systemClock,
): OpenedNotifiers {
  const notifiers: Notifier[] = [];
  const warnings: string[] = [];
  const tools = { clock, secrets: secretsIn(env) };
  for (const [at, entry] of config.entries()) {
    try {
      notifiers.push(...openNotifiers(filled(entry, env), tools));
    } catch (error) {
      if (!(error instanceof SeaworthyError)) throw error;
      warnings.push(`notify[${at}]: ${error.message}; nobody is told there`);
    }
  }
  return { notifiers, warnings };
}

/** The page of the CI's run, on GitHub and GitLab. */
export function runUrlOf(env: Env): string | undefined {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: run } = env;
  const github = server && repository && run ? `${server}/${repository}/actions/runs/${run}` : undefined;
  const url = env["GITHUB_ACTIONS"] === "true" ? github : env["CI_JOB_URL"];
  return url !== undefined && /^https?:\/\/\S+$/.test(url) ? url : undefined;
}

/** The entry with the environment's values in it. @throws CliError `unmet` */
function filled(entry: ParsedNotifier, env: Env): NotifierConfig {
  const variable = (name: string): string => variableOf(env, name, entry.kind);
  const secret = ({ env: name }: { readonly env: string }): Secret => new Secret(variable(name));
  const value = (given: string | { readonly env: string }): string | Secret =>
    typeof given === "string" ? given : secret(given);
  switch (entry.kind) {
    case "slack":
      return { ...entry, url: value(entry.url) };
    case "webhook": {
      const headers = Object.entries(entry.headers).map(([name, given]) => [name, value(given)] as const);
      const key = entry.secret === undefined ? undefined : secret(entry.secret);
      return { ...entry, url: value(entry.url), headers: Object.fromEntries(headers), secret: key };
    }
    case "email":
      return { ...entry, password: entry.password === undefined ? undefined : secret(entry.password) };
    case "github": {
      const apiUrl = env["GITHUB_API_URL"] ?? "https://api.github.com";
      return { ...entry, token: secret(entry.token), repository: variable("GITHUB_REPOSITORY"), apiUrl };
    }
  }
}

/** A CI leaves a secret that it does not have empty; people's often end with a line end. */
function variableOf(env: Env, name: string, kind: ParsedNotifier["kind"]): string {
  const value = env[name]?.trim() ?? "";
  if (value === "") throw new CliError("unmet", `${kind}: ${name} is not set`);
  return value;
}

const SECRET_NAME = /TOKEN|SECRET|PASSW|CREDENTIAL|WEBHOOK|(?:API|PRIVATE|ACCESS)_?KEY/i;

/** What a CI would hide in its log. Short ones may be words, and what starts with a slash is the place of a secret. */
export function secretsIn(env: Env): readonly Secret[] {
  return Object.entries(env).flatMap(([name, value = ""]) => {
    const hidden = SECRET_NAME.test(name) && value.length >= 8 && !value.startsWith("/");
    return hidden ? [new Secret(value)] : [];
  });
}

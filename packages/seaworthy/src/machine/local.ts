import { spawn } from "node:child_process";
import { mkdirSync, openSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Target } from "@seaworthy/deploy";
import { type LocalService, localPlace, localTarget } from "@seaworthy/deploy/local";
import type { LocalConfig } from "../config/environments-schema.ts";
import type { ParsedConfig } from "../config/schema.ts";
import { CliError } from "../error.ts";
import type { EnvironmentContext } from "./environment.ts";
import type { Machine } from "./machine.ts";
import { openStore } from "./store.ts";

export function openLocal(
  name: string,
  local: LocalConfig,
  { machine, config, storeDir, repository }: EnvironmentContext,
): Target {
  const folder = join(dirname(storeDir), "local", name);
  const place = localPlace(folder, join(machine.cacheDir, "sockets"));
  const start = (): Promise<void> =>
    startSupervisor(machine, place.log, ["supervise", "--folder", folder, "--store", storeDir]);
  return localTarget(
    { services: servicesOf(name, local, config), hold: local.hold },
    { place, store: () => openStore(storeDir), repository, spawn: start },
  );
}

/** Those of the config; without any, what `verify` starts. */
function servicesOf(
  name: string,
  { services, publish, env }: LocalConfig,
  { verify }: ParsedConfig,
): readonly LocalService[] {
  const all: readonly LocalService[] = (services ?? verify?.services.map(checked) ?? []).map((service) => ({
    ...withoutUndefined(service),
    ...(publish[service.name] === undefined ? {} : { publish: publish[service.name]! }),
    ...(env[service.name] === undefined ? {} : { env: { ...service.env, ...env[service.name] } }),
  }));
  if (all.length === 0) {
    throw new CliError("config", `environments.${name}.local: found no service to start`, {
      hint: "name some: services: [{ name, port, http: { path } }], or under verify",
    });
  }
  for (const key of [...Object.keys(publish), ...Object.keys(env)]) {
    if (all.some((service) => service.name === key)) continue;
    throw new CliError("config", `environments.${name}.local: there is no service ${JSON.stringify(key)}`, {
      hint: `services are ${all.map((service) => service.name).join(", ")}`,
    });
  }
  return all;
}

type Verified = NonNullable<ParsedConfig["verify"]>["services"][number];

function checked({ name, args, env, http, healthyWithin, stopsWithin }: Verified) {
  return {
    name,
    args,
    env,
    port: http?.port,
    http: http === undefined ? undefined : answerOf(http),
    network: "port" as const,
    // Others start beside it, which they do not while it is verified.
    healthyWithin: healthyWithin * 3,
    stopsWithin,
  };
}

/** Its port is the service's. */
function answerOf(http: NonNullable<Verified["http"]>): NonNullable<LocalService["http"]> {
  const { path, status, body } = http;
  return { path, status, ...(body === undefined ? {} : { body }) };
}

type Optional<T> = { [K in keyof T]: Exclude<T[K], undefined> };

function withoutUndefined<T extends object>(value: T): Optional<T> {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as Optional<T>;
}

/** What a service manager needs of an environment; secrets of a shell or a CI are none of its business. */
const PASSED =
  /^(?:PATH|HOME|USER|LANG|LC_.*|TZ|TMPDIR|XDG_.*|SSL_CERT_.*|NODE_.*|https?_proxy|HTTPS?_PROXY|no_proxy|NO_PROXY)$/;

/** Outlives this process, and does not end with its terminal. */
function startSupervisor({ env }: Machine, log: string, args: readonly string[]): Promise<void> {
  mkdirSync(dirname(log), { recursive: true, mode: 0o700 });
  const out = openSync(log, "a", 0o600);
  const child = spawn(process.execPath, [process.argv[1]!, ...args], {
    cwd: "/",
    detached: true,
    stdio: ["ignore", out, out],
    env: Object.fromEntries(Object.entries(env).filter(([name]) => PASSED.test(name))),
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("spawn", () => {
      child.unref();
      resolve();
    });
  });
}

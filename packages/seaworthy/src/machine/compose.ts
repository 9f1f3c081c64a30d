import { join } from "node:path";
import type { Target } from "@seaworthy/deploy";
import { composeTarget } from "@seaworthy/deploy/compose";
import { systemClock } from "@seaworthy/oci";
import type { RunCommand } from "@seaworthy/release";
import type { ComposeConfig } from "../config/compose-schema.ts";
import type { ParsedEnvironment } from "../config/environments-schema.ts";
import { commandsOf } from "./command.ts";
import type { Machine } from "./machine.ts";
import { openScratch } from "./scratch.ts";

/** Where engines read who may pull; other commands do not see it. */
const CREDENTIALS = ["DOCKER_AUTH_CONFIG", "REGISTRY_AUTH_FILE"] as const;

export function openCompose(
  environment: string,
  config: ComposeConfig & Pick<ParsedEnvironment, "checks">,
  root: string,
  machine: Machine,
): Target {
  const { project, services, image, host, context, ...settings } = config;
  const { dir } = openScratch(join(machine.cacheDir, "compose"));
  return composeTarget(
    {
      ...settings,
      root,
      environment,
      ...(project === undefined ? {} : { project }),
      ...(services === undefined ? {} : { services }),
      ...(image === undefined ? {} : { image }),
      ...(host === undefined ? {} : { host }),
      ...(context === undefined ? {} : { context }),
    },
    { run: withCredentials(machine), scratch: dir, clock: systemClock, fetch },
  );
}

function withCredentials(machine: Machine): RunCommand {
  const run = commandsOf(machine);
  const own = CREDENTIALS.flatMap((name) => {
    const value = machine.env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return (command, ...rest) =>
    run({ ...command, env: { ...Object.fromEntries(own), ...command.env } }, ...rest);
}

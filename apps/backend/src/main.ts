import { releaseEarlySignals } from "./process/early-signals.ts";

import { constants } from "node:os";

import { destination, type Logger } from "pino";

import { createLog } from "./process/log.ts";
import { chooseService } from "./process/services.ts";
import { readCommonSettings } from "./process/settings.ts";
import { StartError } from "./process/start-error.ts";
import { startService, type RunningService } from "./process/start-service.ts";

/** The first signal drains; a second one ends the process at once. */
function stopOnSignal(log: Logger, service: Promise<RunningService>): void {
  let stopping = false;
  const stop = async (signal: NodeJS.Signals) => {
    if (stopping) process.exit(128 + constants.signals[signal]);
    stopping = true;
    log.info({ signal }, "stopping");
    await (await service).stop();
    log.info("stopped");
    process.exit(0);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      stop(signal).catch((error: unknown) => {
        log.fatal({ err: error }, "could not stop cleanly");
        process.exit(1);
      });
    });
  }
  releaseEarlySignals();
}

async function main(): Promise<void> {
  const service = chooseService(process.argv.slice(2), process.env["SERVICE_TYPE"]);
  const settings = readCommonSettings(process.env);
  const { version, logLevel: level } = settings;
  const stdout = destination({ dest: 1, sync: true });
  // A reader that went away (docker logs | head) must not take the service with it.
  stdout.on("error", () => {});
  const log = createLog({ service: service.name, version, level }, stdout);
  process.on("uncaughtException", (error) => {
    log.fatal({ err: error }, "uncaught");
    process.exit(1);
  });
  const running = startService(service, settings, process.env, log);
  stopOnSignal(log, running);
  await running;
}

main().catch((error: unknown) => {
  const known = error instanceof StartError;
  process.stderr.write(`${known ? error.message : String(error instanceof Error ? error.stack : error)}\n`);
  process.exit(1);
});

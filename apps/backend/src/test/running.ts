import { createLog } from "../process/log.ts";
import { chooseService } from "../process/services.ts";
import { readCommonSettings } from "../process/settings.ts";
import { startService } from "../process/start-service.ts";

export interface Running {
  readonly url: string;
  /** The log lines so far, parsed. */
  readonly log: Record<string, unknown>[];
  stop(): Promise<void>;
}

/** Starts a service in this process on a free port of the loopback interface. */
export async function run(name: string, variables: Record<string, string> = {}): Promise<Running> {
  const service = chooseService([name], undefined);
  const settings = readCommonSettings({ HOST: "127.0.0.1", PORT: "0", LOG_LEVEL: "debug", ...variables });
  const log: Record<string, unknown>[] = [];
  const logger = createLog(
    { service: name, version: settings.version, level: settings.logLevel },
    { write: (line) => void log.push(JSON.parse(line) as Record<string, unknown>) },
  );
  const running = await startService(service, settings, variables, logger);
  return { url: `http://127.0.0.1:${running.port}`, log, stop: () => running.stop() };
}

/** A POST of JSON. */
export function post(url: string, body: unknown, headers: Record<string, string> = {}, signal?: AbortSignal) {
  return fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...(signal ? { signal } : {}),
  });
}

export interface SentEvent {
  readonly event: string;
  readonly data: Record<string, unknown>;
}

/** Reads a stream of server-sent events to its end. */
export async function readEvents(response: Response): Promise<SentEvent[]> {
  return (await response.text())
    .split("\n\n")
    .filter((block) => block.startsWith("event: "))
    .map((block) => {
      const [, event = "", data = ""] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? [];
      return { event, data: JSON.parse(data) as Record<string, unknown> };
    });
}

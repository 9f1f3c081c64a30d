import { once } from "node:events";
import { mkdirSync, rmSync } from "node:fs";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { dirname } from "node:path";
import type { Progress } from "@seaworthy/builder";
import { collect } from "@seaworthy/oci";
import { type Message, toFault } from "../protocol.ts";
import type { Applied } from "../state.ts";
import type { Supervisor } from "./supervisor.ts";

/** Bytes of what is to be applied: names, arguments and environments. */
const LARGEST = 4 << 20;

export interface Control extends AsyncDisposable {
  /** Settles once somebody has stopped the environment, or nothing has come of the first deployment. */
  readonly stopped: Promise<void>;
}

/** Answers commands on a socket; one that a dead supervisor left is taken over. */
export async function openControl(socket: string, supervisor: Supervisor): Promise<Control> {
  const stopped = Promise.withResolvers<void>();
  const server = createServer(
    (request, response) => void answer(request, response, supervisor, stopped.resolve),
  );
  // Unhealthy services take as long as they are given.
  server.requestTimeout = 0;
  mkdirSync(dirname(socket), { recursive: true, mode: 0o700 });
  rmSync(socket, { force: true });
  server.listen(socket);
  await once(server, "listening");
  return {
    stopped: stopped.promise,
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  supervisor: Supervisor,
  onStopped: () => void,
): Promise<void> {
  switch (`${request.method} ${request.url}`) {
    case "GET /status":
      response.end(JSON.stringify(supervisor.status()));
      return;
    case "POST /apply":
      return tell(response, async (progress, signal) => {
        const applied = JSON.parse(
          (await collect(request, LARGEST, "what is to be applied")).toString(),
        ) as Applied;
        await supervisor.apply(applied, progress, signal);
      });
    case "POST /revert":
      await tell(response, (_, signal) => supervisor.revert(signal));
      // After a first deployment that failed there is nothing to keep up.
      if (supervisor.idle) onStopped();
      return;
    case "POST /stop":
      await tell(response, () => supervisor.stop());
      onStopped();
      return;
    default:
      response.writeHead(404).end();
  }
}

async function tell(
  response: ServerResponse,
  work: (progress: Progress, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  const say = (message: Message): void => void response.write(`${JSON.stringify(message)}\n`);
  response.writeHead(200, { "content-type": "application/x-ndjson" });
  try {
    await work((event) => say({ type: "progress", event }), gone.signal);
    say({ type: "done" });
  } catch (error) {
    say({ type: "failed", error: toFault(error) });
  }
  const finished = once(response, "close");
  response.end();
  await finished;
}

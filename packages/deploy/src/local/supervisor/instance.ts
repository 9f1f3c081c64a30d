import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { type Tail, tailOf } from "@seaworthy/builder";
import { type Start, type Started, becomesHealthy, parseStopSignal } from "@seaworthy/release";
import { forwardPort } from "@seaworthy/sandbox";
import type { ServiceReport } from "../../target.ts";
import type { LogFile } from "../log-file.ts";
import type { LocalService } from "../settings.ts";

/** A container of a service. */
export interface Instance {
  /** Where it answers, on this machine; undefined where it answers nobody. */
  readonly port: number | undefined;
  /** It listens on every address of the machine, so others can reach it past its front. */
  readonly exposed: boolean;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  /** Settles with its exit code. */
  readonly exited: Promise<number>;
  /** Its last lines. */
  readonly tail: Tail;
  /** As a container engine would: its signal, and the end where it does not listen. */
  stop(): Promise<void>;
}

export type Outcome =
  | { readonly ok: true; readonly instance: Instance }
  | { readonly ok: false; readonly report: ServiceReport };

const LINES = 20;

/** Starts a container and waits until it is healthy; one that is not is ended. */
export async function startInstance(
  service: LocalService,
  start: Start,
  log: LogFile,
  signal: AbortSignal,
): Promise<Outcome> {
  const ended = new AbortController();
  const tail = tailOf(LINES);
  const own = service.network === "port" && service.port !== undefined ? await freePort() : undefined;
  // Most programs that heed the one heed the other: it has the machine's network, and is nobody else's business.
  const told = own === undefined ? {} : { HOST: "127.0.0.1", PORT: String(own) };
  const env = { ...told, ...service.env };
  const onOutput = (chunk: Uint8Array): void => {
    tail.add(chunk);
    log.write(chunk);
  };
  const what = { ...(service.args === undefined ? {} : { args: service.args }), env };
  const startedAt = Date.now();
  const started = await start(what, onOutput, ended.signal);
  const end = async (): Promise<void> => {
    ended.abort();
    await started.running.exited;
  };
  try {
    const health = await becomesHealthy(checkOf(service, own), started, signal);
    signal.throwIfAborted();
    if (health.problem !== undefined) {
      await end();
      const output = [...tail.lines(), ...(health.output ?? [])];
      return { ok: false, report: { service: service.name, problem: health.problem, output } };
    }
    const port = await reachable(service, started, own, ended.signal);
    // The runtime itself broke down; as docker(1) has it.
    const exited = started.running.exited.then(
      ({ code }) => code,
      () => 125,
    );
    const stop = (): Promise<void> => stopped(service, started, end);
    const exposed = own !== undefined && isExposed(own);
    return { ok: true, instance: { port, exposed, startedAt, exited, tail, stop } };
  } catch (error) {
    await end();
    throw error;
  }
}

function checkOf({ name, http, port, healthyWithin, stopsWithin }: LocalService, own: number | undefined) {
  const asked = own ?? port;
  return {
    name,
    healthyWithin,
    stopsWithin,
    ...(http === undefined || asked === undefined ? {} : { http: { ...http, port: asked } }),
  };
}

async function reachable(
  { port }: LocalService,
  { running }: Started,
  own: number | undefined,
  signal: AbortSignal,
): Promise<number | undefined> {
  if (own !== undefined || port === undefined) return own;
  return (await forwardPort(running, port, signal)).port;
}

async function stopped(
  { stopsWithin }: LocalService,
  { running, config }: Started,
  end: () => Promise<void>,
): Promise<void> {
  await running.kill(parseStopSignal(config.StopSignal));
  await Promise.race([running.exited, wait(stopsWithin, undefined, { ref: false })]);
  await end();
}

/** proc(5), /proc/net/tcp: the local address in hexadecimal, then its port; state 0A listens. */
function isExposed(port: number): boolean {
  const wanted = new RegExp(`^\\s*\\d+: 0+:${port.toString(16).padStart(4, "0")} \\S+ 0A `, "im");
  return ["tcp", "tcp6"].some((name) => {
    try {
      return wanted.test(readFileSync(`/proc/self/net/${name}`, "latin1"));
    } catch {
      return false;
    }
  });
}

/** The kernel gives a port out again only after it has gone through many others. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

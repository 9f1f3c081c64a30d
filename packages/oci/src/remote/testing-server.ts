import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Clock } from "../retry.ts";

/** One request as a test server saw it. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

export type Answer = (request: Seen, response: ServerResponse, incoming: IncomingMessage) => void;

export interface TestServer extends AsyncDisposable {
  readonly host: string;
  readonly seen: Seen[];
  /** `GET /path` of each request, without the query. */
  readonly lines: () => string[];
}

/**
 * A server of a few lines, on loopback, that misbehaves as a test wants. It reads each body whole before it answers,
 * unless it is to be `hasty`.
 */
export async function serve(
  answer: Answer,
  hasty: (request: Seen) => boolean = () => false,
): Promise<TestServer> {
  const seen: Seen[] = [];
  const server = createServer((incoming, response) => {
    const { method = "", url = "", headers } = incoming;
    const chunks: Buffer[] = [];
    incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
    incoming.on("error", () => {});
    const reply = (): void => {
      const request = { method, url, headers, body: Buffer.concat(chunks) };
      seen.push(request);
      answer(request, response, incoming);
    };
    if (hasty({ method, url, headers, body: Buffer.alloc(0) })) reply();
    else incoming.on("end", reply);
  });
  await listen(server);
  const { port } = server.address() as AddressInfo;
  return {
    host: `127.0.0.1:${port}`,
    seen,
    lines: () => seen.map(({ method, url }) => `${method} ${url.split("?")[0]}`),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function listen(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
}

/** Time that passes only while somebody sleeps, and sleeps that take none. */
export class TestClock implements Clock {
  readonly slept: number[] = [];
  #now = Date.parse("2026-01-01T00:00:00Z");

  now(): number {
    return this.#now;
  }

  random(): number {
    return 1;
  }

  async sleep(milliseconds: number): Promise<void> {
    this.slept.push(milliseconds);
    this.#now += milliseconds;
    await Promise.resolve();
  }

  pass(milliseconds: number): void {
    this.#now += milliseconds;
  }
}

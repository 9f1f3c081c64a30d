import { once } from "node:events";
import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import type { Socket } from "node:net";
import { createProxyServer } from "httpxy";
import { DeployError } from "../../error.ts";

export interface Address {
  readonly host: string;
  readonly port: number;
}

/**
 * Where a service is found, whatever instance of it runs. Each request is answered by one instance: what has begun at
 * one ends there, what comes after a switch goes to the new one, and nobody's connection is cut.
 */
export interface Front extends AsyncDisposable {
  /** Listens there too. @throws DeployError `target` where something else does */
  listenAlso(addresses: readonly Address[]): Promise<void>;
  /** Listens nowhere else from now on. */
  listenOnly(addresses: readonly Address[]): Promise<void>;
  /** Sends what comes from now on to this port of the machine; refuses it with 503 where there is none. */
  switchTo(port: number | undefined): void;
  /** Settles when the last request that went to this port is answered. */
  drained(port: number): Promise<void>;
}

export function openFront(service: string): Front {
  return new HttpFront(service);
}

class HttpFront implements Front {
  readonly #service: string;
  readonly #servers = new Map<string, Server>();
  // A connection of its own for each request: one that is kept could be closed by the instance just as it is used.
  readonly #proxy = createProxyServer({ agent: false });
  readonly #open = new Map<number, Set<object>>();
  readonly #waiting = new Map<number, (() => void)[]>();
  #port: number | undefined;

  constructor(service: string) {
    this.#service = service;
  }

  async listenAlso(addresses: readonly Address[]): Promise<void> {
    const opened: string[] = [];
    try {
      for (const address of addresses) {
        if (this.#servers.has(keyOf(address))) continue;
        this.#servers.set(keyOf(address), await this.#listen(address));
        opened.push(keyOf(address));
      }
    } catch (error) {
      await Promise.all(opened.map((key) => this.#close(key)));
      throw error;
    }
  }

  async listenOnly(addresses: readonly Address[]): Promise<void> {
    const wanted = new Set(addresses.map(keyOf));
    await Promise.all(
      [...this.#servers.keys()].filter((key) => !wanted.has(key)).map((key) => this.#close(key)),
    );
  }

  async #listen({ host, port }: Address): Promise<Server> {
    const server = createServer((request, response) => void this.#answer(request, response));
    server.on("upgrade", (request, socket, head) => void this.#upgrade(request, socket as Socket, head));
    // A stream may be silent for as long as it likes: what is too long is for the service to say.
    server.requestTimeout = 0;
    server.listen(port, host);
    try {
      await once(server, "listening");
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      const why = code === "EADDRINUSE" ? "something else listens there" : String(code);
      throw new DeployError("target", `${this.#service}: ${host}:${port}: ${why}`, {
        cause,
        hint: "end what listens there, or publish the service on another port",
      });
    }
    return server;
  }

  async #close(key: string): Promise<void> {
    const server = this.#servers.get(key);
    if (server === undefined) return;
    this.#servers.delete(key);
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  }

  switchTo(port: number | undefined): void {
    this.#port = port;
  }

  drained(port: number): Promise<void> {
    if ((this.#open.get(port)?.size ?? 0) === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(port) ?? [];
      this.#waiting.set(port, [...waiting, resolve]);
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const port = this.#port;
    if (port === undefined) return refuse(response, 503, `${this.#service} is not running`);
    const token = this.#began(port);
    response.once("close", () => this.#ended(port, token));
    try {
      await this.#proxy.web(request, response, { target: `http://127.0.0.1:${port}` });
    } catch (error) {
      if (response.headersSent) response.destroy();
      else refuse(response, 502, `${this.#service} does not answer: ${(error as Error).message}`);
    }
  }

  async #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): Promise<void> {
    const port = this.#port;
    if (port === undefined)
      return void socket.end("HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\n\r\n");
    const token = this.#began(port);
    socket.once("close", () => this.#ended(port, token));
    try {
      await this.#proxy.ws(request, socket, { target: `http://127.0.0.1:${port}` }, head);
    } catch {
      socket.destroy();
    }
  }

  #began(port: number): object {
    const token = {};
    const open = this.#open.get(port) ?? new Set();
    this.#open.set(port, open.add(token));
    return token;
  }

  #ended(port: number, token: object): void {
    const open = this.#open.get(port);
    open?.delete(token);
    if (open !== undefined && open.size > 0) return;
    this.#open.delete(port);
    for (const resolve of this.#waiting.get(port) ?? []) resolve();
    this.#waiting.delete(port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.listenOnly([]);
    this.#proxy.close();
  }
}

function keyOf({ host, port }: Address): string {
  return `${host}:${port}`;
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8", "retry-after": "1" });
  response.end(`${text}\n`);
}

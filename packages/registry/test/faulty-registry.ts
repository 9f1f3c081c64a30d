import { mkdtemp, rm } from "node:fs/promises";
import { createServer, request } from "node:http";
import type { ClientRequest, IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Transform } from "node:stream";
import type { RegistryStore } from "../src/store.ts";
import { serveRegistry } from "../src/index.ts";
import { memoryRegistryStore } from "../src/testing-store.ts";

/** One request, before it reaches the registry. */
export interface Asked {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
}

/** What goes wrong with a request. */
export type Trouble =
  /** Answered in the registry's place, which never hears of it. */
  | {
      readonly answer: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string | Uint8Array;
    }
  /** The connection is lost after so many bytes of the request's body have reached the registry. */
  | { readonly cutAfter: number }
  /** The registry does as it was asked, and the connection is lost before it can say so. */
  | { readonly loseAnswer: true }
  /** The request is so many milliseconds on its way. */
  | { readonly late: number }
  /** The answer comes without these headers. */
  | { readonly without: readonly string[] };

export type Rule = (asked: Asked) => Trouble | undefined;

export interface FaultyRegistry extends AsyncDisposable {
  /** `127.0.0.1:port`: what clients are told. */
  readonly host: string;
  /** What the registry holds, past all trouble. */
  readonly behind: RegistryStore;
  /** `PUT /v2/…` of each request, in the order of their coming. */
  readonly lines: string[];
  /** Bytes of request bodies that came in. */
  received(): number;
  /** The first rule that says something about a request is what happens to it. Returns the way to take it back. */
  use(rule: Rule): () => void;
}

/** The embedded registry, behind a proxy that makes trouble as a test wants it. */
export async function faultyRegistry(...rules: readonly Rule[]): Promise<FaultyRegistry> {
  const dir = await mkdtemp(join(tmpdir(), "seaworthy-"));
  const behind = memoryRegistryStore();
  const registry = await serveRegistry({ store: behind, uploads: dir });
  const active = new Set(rules);
  const lines: string[] = [];
  let received = 0;
  const proxy = createServer((incoming, outgoing) => {
    const body = counted(incoming, (bytes) => (received += bytes));
    const asked = askedOf(incoming);
    lines.push(`${asked.method} ${asked.path}`);
    let trouble: Trouble | undefined;
    for (const rule of active) trouble ??= rule(asked);
    if (trouble !== undefined && "answer" in trouble) return answer(body, outgoing, trouble);
    const exchange = { incoming, body, outgoing };
    const pass = (): void => forward(registry.port, exchange, trouble ?? { without: [] });
    if (trouble !== undefined && "late" in trouble) setTimeout(pass, trouble.late);
    else pass();
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return {
    host: `127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    behind,
    lines,
    received: () => received,
    use(rule) {
      active.add(rule);
      return () => void active.delete(rule);
    },
    async [Symbol.asyncDispose]() {
      proxy.closeAllConnections();
      await new Promise((resolve) => proxy.close(resolve));
      await registry.close();
      await rm(dir, { recursive: true });
    },
  };
}

function askedOf({ method = "", url = "", headers }: IncomingMessage): Asked {
  const { pathname, searchParams } = new URL(url, "http://registry");
  return { method, path: pathname, query: searchParams, headers };
}

/** The body, read no further than it is used, so that it can wait. */
function counted(incoming: IncomingMessage, count: (bytes: number) => void): Transform {
  const body = new Transform({
    transform(chunk: Buffer, _, done) {
      count(chunk.length);
      done(null, chunk);
    },
  });
  incoming.on("error", () => body.destroy());
  return incoming.pipe(body);
}

function answer(
  body: Transform,
  outgoing: ServerResponse,
  { answer: status, headers = {}, body: text = "" }: Extract<Trouble, { answer: number }>,
): void {
  body.resume().on("end", () => outgoing.writeHead(status, headers).end(text));
}

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly body: Transform;
  readonly outgoing: ServerResponse;
}

function forward(
  port: number,
  { incoming, body, outgoing }: Exchange,
  trouble: Exclude<Trouble, { answer: number }>,
): void {
  const { method, url, headers } = incoming;
  const onward = request({ host: "127.0.0.1", port, method, path: url, headers }, (reply) => {
    if ("loseAnswer" in trouble) {
      reply.resume().on("end", () => outgoing.destroy());
      return;
    }
    const gone = new Set("without" in trouble ? trouble.without : []);
    const kept = Object.entries(reply.headers).filter(([name]) => !gone.has(name));
    outgoing.writeHead(reply.statusCode!, Object.fromEntries(kept));
    reply.pipe(outgoing);
  });
  onward.on("error", () => outgoing.destroy());
  body.on("close", () => !body.readableEnded && onward.destroy());
  if ("cutAfter" in trouble) cut(incoming, body, onward, trouble.cutAfter);
  else body.pipe(onward);
}

function cut(incoming: IncomingMessage, body: Transform, onward: ClientRequest, after: number): void {
  let passed = 0;
  body.on("data", (chunk: Buffer) => {
    if (passed >= after) return;
    onward.write(chunk.subarray(0, after - passed));
    passed += chunk.length;
    if (passed >= after) incoming.destroy();
  });
  body.on("end", () => incoming.destroy());
}

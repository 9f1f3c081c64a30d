import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text as readAll } from "node:stream/consumers";

/** How the server treats the next requests. */
export type Behaviour =
  /** Answers with this text, whole or as a stream, whichever is asked for. */
  | { readonly kind: "answer"; readonly text: string; readonly finishReason?: string }
  | {
      readonly kind: "status";
      readonly status: number;
      readonly body: string;
      readonly headers?: Record<string, string>;
    }
  /** Takes the request and says nothing. */
  | { readonly kind: "hang" }
  /** Streams the pieces, then ends, hangs, or breaks the connection. */
  | { readonly kind: "pieces"; readonly pieces: readonly string[]; readonly finally: "hang" | "cut" | "end" }
  /** Sends bytes as they are. */
  | { readonly kind: "raw"; readonly type: string; readonly bytes: Uint8Array };

export interface SeenRequest {
  readonly headers: IncomingMessage["headers"];
  readonly body: { model: string; stream: boolean; messages: { role: string; content: string }[] } & Record<
    string,
    unknown
  >;
  /** Resolves when the connection's response is over, whoever ended it. */
  readonly closed: Promise<unknown>;
}

/** A small real server that speaks the chat-completions API, and misbehaves on request. */
export class ModelServer {
  readonly requests: SeenRequest[] = [];
  behaviour: Behaviour = { kind: "answer", text: "ok" };
  readonly #server: Server;
  readonly #hanging: ServerResponse[] = [];

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<ModelServer> {
    const server = createServer();
    const model = new ModelServer(server);
    server.on("request", (request, response) => {
      model.#handle(request, response).catch((error: unknown) => response.destroy(error as Error));
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    return model;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  /** Completes the streams that hang. */
  finish(): void {
    for (const response of this.#hanging.splice(0)) end(response, "stop");
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== "POST" || request.url !== "/v1/chat/completions") {
      response.writeHead(404).end();
      return;
    }
    const body = JSON.parse(await readAll(request)) as SeenRequest["body"];
    this.requests.push({ headers: request.headers, body, closed: once(response, "close") });
    const { behaviour } = this;
    if (behaviour.kind === "hang") return;
    if (behaviour.kind === "status") {
      response.writeHead(behaviour.status, behaviour.headers).end(behaviour.body);
    } else if (behaviour.kind === "raw") {
      response.writeHead(200, { "content-type": behaviour.type }).end(behaviour.bytes);
    } else if (behaviour.kind === "answer" && !body.stream) {
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify(completion(behaviour.text, behaviour.finishReason ?? "stop")));
    } else if (behaviour.kind === "answer") {
      const pieces = behaviour.text.match(/[^]{1,7}/gu) ?? [];
      stream(response, pieces);
      end(response, behaviour.finishReason ?? "stop");
    } else {
      stream(response, behaviour.pieces);
      if (behaviour.finally === "hang") this.#hanging.push(response);
      if (behaviour.finally === "end") response.end();
      if (behaviour.finally === "cut") setImmediate(() => response.destroy());
    }
  }
}

function stream(response: ServerResponse, pieces: readonly string[]): void {
  response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
  for (const content of pieces)
    response.write(event({ choices: [{ delta: { content }, finish_reason: null }] }));
}

function end(response: ServerResponse, finishReason: string): void {
  response.write(event({ choices: [{ delta: {}, finish_reason: finishReason }] }));
  response.write(event({ choices: [], usage: { prompt_tokens: 11, completion_tokens: 7 } }));
  response.end("data: [DONE]\n\n");
}

function event(data: unknown): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

function completion(content: string, finishReason: string) {
  return {
    choices: [{ message: { role: "assistant", content }, finish_reason: finishReason }],
    usage: { prompt_tokens: 11, completion_tokens: 7 },
  };
}

import { type Answer, type Seen, type TestServer, serve } from "@seaworthy/oci/testing";
import type { Fault } from "../src/notify/notifier.contract.ts";

export interface HttpReceiver {
  readonly server: TestServer;
  readonly fail: (...faults: readonly Fault[]) => void;
  /** What was answered 200. */
  readonly taken: Seen[];
}

/** Faults of a contract, as HTTP has them. */
export const HTTP_FAULTS: Readonly<Record<Fault, Answer>> = {
  busy: (_, response) => void response.writeHead(503).end(),
  slow: (_, response) => void response.writeHead(429, { "retry-after": "7" }).end(),
  lost: (_, response) => void response.destroy(),
  // As Express does it, and more.
  refused: ({ method, url, headers, body }, response) =>
    void response
      .writeHead(401, { "content-type": "text/plain" })
      .end(`Cannot ${method} ${url} ${JSON.stringify(headers)} ${body.toString()}`),
};

/**
 * A server that takes what is posted to it.
 * @param fault what is wrong with a body, in a word; answered with 400
 */
export async function receivePosts(
  fault: (body: unknown) => string | undefined = () => undefined,
): Promise<HttpReceiver> {
  const taken: Seen[] = [];
  const next: Answer[] = [];
  const server = await serve((request, response, incoming) => {
    const instead = next.shift();
    if (instead !== undefined) return instead(request, response, incoming);
    const word = fault(JSON.parse(request.body.toString()));
    if (word !== undefined) return void response.writeHead(400).end(word);
    taken.push(request);
    response.end("ok");
  });
  return { server, taken, fail: (...faults) => void next.push(...faults.map((one) => HTTP_FAULTS[one])) };
}

import type { ServerResponse } from "node:http";
import { gunzipSync } from "node:zlib";
import { type Answer, type Seen, type TestServer, serve } from "@seaworthy/oci/testing";
import { sarifErrors } from "./sarif-schema.ts";

export const TOKEN = "ghs_test-token";

export interface CodeScanningApi extends AsyncDisposable {
  readonly url: string;
  readonly server: TestServer;
  /** What it took, unpacked, by category: the last one wins. */
  readonly logs: Map<string, unknown>;
  /** The next requests are answered by these instead, one each. */
  interrupt(...answers: readonly Answer[]): void;
}

interface Taken {
  readonly status: number;
  readonly body: object;
}

/** A loopback server that takes SARIF as GitHub does, and refuses what GitHub refuses. */
export async function startCodeScanning({ enabled = true, writes = true } = {}): Promise<CodeScanningApi> {
  const logs = new Map<string, unknown>();
  const interruptions: Answer[] = [];
  const answer: Answer = (request, response, incoming) => {
    const interruption = interruptions.shift();
    if (interruption !== undefined) return interruption(request, response, incoming);
    send(response, take(request, { logs, enabled, writes }));
  };
  const server = await serve(answer);
  return {
    url: `http://${server.host}`,
    server,
    logs,
    interrupt: (...answers) => void interruptions.push(...answers),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

const refuse = (status: number, message: string): Taken => ({
  status,
  body: { message, status: String(status) },
});

function take(
  { method, url, headers, body }: Seen,
  { logs, enabled, writes }: { logs: Map<string, unknown>; enabled: boolean; writes: boolean },
): Taken {
  if (headers["user-agent"] === undefined) return refuse(403, "Request forbidden by administrative rules.");
  if (headers.authorization !== `Bearer ${TOKEN}`) return refuse(401, "Bad credentials");
  if (method !== "POST" || url !== "/repos/acme/web/code-scanning/sarifs") return refuse(404, "Not Found");
  if (!writes) return refuse(403, "Resource not accessible by integration");
  if (!enabled) return refuse(403, "Code scanning is not enabled for this repository.");
  const { commit_sha: commit, ref, sarif } = JSON.parse(body.toString("utf8")) as Record<string, string>;
  if (!/^[\da-f]{40}$/.test(commit ?? "")) return refuse(422, "commit_sha is not valid");
  if (!/^refs\/(?:heads|tags|pull)\//.test(ref ?? "")) return refuse(422, "ref is not valid");
  const log = JSON.parse(gunzipSync(Buffer.from(sarif ?? "", "base64")).toString("utf8")) as {
    runs: { automationDetails: { id: string } }[];
  };
  if (sarifErrors(log).length > 0) return refuse(400, "Invalid SARIF");
  logs.set(log.runs[0]!.automationDetails.id.replace(/\/[^/]*$/, ""), log);
  return {
    status: 202,
    body: { id: "47177e22-5596-11eb-80a1-c1e54ef945c6", url: "https://api.github.com/x" },
  };
}

function send(response: ServerResponse, { status, body }: Taken): void {
  response.writeHead(status, { "content-type": "application/json; charset=utf-8" }).end(JSON.stringify(body));
}

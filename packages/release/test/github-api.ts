import type { ServerResponse } from "node:http";
import { type Answer, type Seen, serve } from "@seaworthy/oci/testing";
import {
  type Route,
  type Stored,
  type Taken,
  deploymentRoutes,
  refuse,
  statusRoutes,
} from "./github-routes.ts";

export interface GitHubApiOptions {
  /** Default `acme/web`. */
  readonly repository?: string;
  /** Default `ghs_test-token`. */
  readonly token?: string;
  /** What the token may write. Default: all. */
  readonly writes?: readonly string[];
  /** Default: every commit is known. */
  readonly commits?: readonly string[];
  /** `/api/v3` makes it an Enterprise server. */
  readonly prefix?: string;
  /** Parts of the API beyond commit statuses and deployments. */
  readonly routes?: (stored: Stored) => readonly Route[];
}

/** A loopback server that speaks the used parts of GitHub's REST API, and refuses what GitHub refuses. */
export interface GitHubApi extends AsyncDisposable, Stored {
  /** What GITHUB_API_URL would be. */
  readonly url: string;
  readonly repository: string;
  readonly token: string;
  /** Every request, answered well or not. */
  readonly seen: readonly Seen[];
  /** The next requests are answered by these instead, one each. */
  interrupt(...answers: readonly Answer[]): void;
}

export async function startGitHubApi(options: GitHubApiOptions = {}): Promise<GitHubApi> {
  const { repository = "acme/web", token = "ghs_test-token", commits, prefix = "" } = options;
  const stored: Stored = { commits, statuses: [], deployments: [] };
  const routes = [...statusRoutes(stored), ...deploymentRoutes(stored), ...(options.routes?.(stored) ?? [])];
  const interruptions: Answer[] = [];
  const root = `${prefix}/repos/${repository}/`;
  const answer: Answer = (request, response, incoming) => {
    const interruption = interruptions.shift();
    if (interruption !== undefined) return interruption(request, response, incoming);
    send(response, answerTo(request, { root, token, routes, writes: options.writes }));
  };
  const server = await serve(answer);
  return {
    ...stored,
    url: `http://${server.host}${prefix}`,
    repository,
    token,
    seen: server.seen,
    interrupt: (...answers) => void interruptions.push(...answers),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

interface Desk {
  readonly root: string;
  readonly token: string;
  readonly routes: readonly Route[];
  readonly writes: readonly string[] | undefined;
}

/** In GitHub's order: who asks, what for, may they, is it well-formed. */
function answerTo({ method, url, headers, body }: Seen, { root, token, routes, writes }: Desk): Taken {
  if (headers["user-agent"] === undefined) return refuse(403, "Request forbidden by administrative rules.");
  if (headers.authorization === undefined) return refuse(401, "Requires authentication");
  if (!/^(?:Bearer|token) /.test(headers.authorization)) return refuse(401, "Bad credentials");
  if (headers.authorization.replace(/^\w+ /, "") !== token) return refuse(401, "Bad credentials");
  const version = headers["x-github-api-version"];
  if (version !== undefined && version !== "2022-11-28")
    return refuse(400, `${String(version)} is not supported`);
  const path = url.startsWith(root) ? url.slice(root.length) : undefined;
  for (const route of routes) {
    const match = path === undefined || method !== route.method ? null : route.path.exec(path);
    if (match === null) continue;
    if (writes?.includes(route.permission) === false) {
      return refuse(403, "Resource not accessible by integration");
    }
    const fields = parse(body);
    return fields === undefined ? refuse(400, "Problems parsing JSON") : route.take(match.slice(1), fields);
  }
  return refuse(404, "Not Found");
}

function parse(body: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString("utf8"));
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function send(response: ServerResponse, { status, body }: Taken): void {
  const headers = { "content-type": "application/json; charset=utf-8", "x-ratelimit-remaining": "4999" };
  response.writeHead(status, headers).end(JSON.stringify(body));
}

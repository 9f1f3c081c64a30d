import { join } from "node:path";
import type { KubeConfig, RequestContext } from "@kubernetes/client-node";
import { redact } from "@seaworthy/oci";
import { DeployError } from "../../error.ts";
import type { Access } from "./kubeconfig.ts";

export interface KubeRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly type?: string;
}

export interface KubeResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: ReadableStream<Uint8Array> | null;
}

/** One request to the API server: addresses, certificates, credentials and proxies are the official client's. */
export type Connection = (request: KubeRequest, signal: AbortSignal) => Promise<KubeResponse>;

/** After so long certificates are read anew. */
const RENEW_AFTER_MS = 300_000;

/**
 * The official client's connection below its generated models: those drop fields of manifests that they do not know, and
 * its `Watch` and `Log` have no deadline. Loaded on first use, as it takes half a second.
 */
export async function connect(access: Access): Promise<Connection> {
  const client = await import("@kubernetes/client-node");
  const config = loadConfig(client.KubeConfig, access);
  const server = config.getCurrentCluster()?.server;
  if (server === undefined) throw new DeployError("target", `context ${access.context}: names no cluster`);
  const http = new client.IsomorphicFetchHttpLibrary();
  // The client makes a dispatcher for each request, and with it a connection; one serves all.
  let shared: { readonly dispatcher: Dispatcher; readonly since: number } | undefined;
  return async ({ method, path, query = {}, body, type }, signal) => {
    const request = new client.RequestContext(`${server.replace(/\/+$/, "")}${path}`, method);
    for (const [key, value] of Object.entries(query)) request.setQueryParam(key, value);
    request.setHeaderParam("Accept", "application/json, */*;q=0.8");
    request.setHeaderParam("User-Agent", "seaworthy");
    if (body !== undefined) {
      request.setHeaderParam("Content-Type", type ?? "application/json");
      request.setBody(body);
    }
    request.setSignal(signal);
    await config.applySecurityAuthentication(request).catch((error: unknown) => {
      throw new DeployError("target", `context ${access.context}: no credentials: ${reasonOf(error)}`);
    });
    const made = request.getDispatcher();
    if (made !== undefined && (shared === undefined || performance.now() - shared.since > RENEW_AFTER_MS)) {
      shared = { dispatcher: made, since: performance.now() };
    }
    if (shared !== undefined) request.setDispatcher(shared.dispatcher);
    const answer = await http.send(request).toPromise();
    return { status: answer.httpStatusCode, headers: answer.headers, body: answer.body.stream() };
  };
}

type Dispatcher = NonNullable<ReturnType<RequestContext["getDispatcher"]>>;

function loadConfig(Config: typeof KubeConfig, { context, files, inCluster }: Access): KubeConfig {
  const config = new Config();
  if (inCluster !== undefined) {
    const { server, account } = inCluster;
    config.loadFromOptions({
      clusters: [{ name: "in-cluster", server, caFile: join(account, "ca.crt"), skipTLSVerify: false }],
      // The client reads it again each minute, as tokens of pods expire.
      users: [
        { name: "pod", authProvider: { name: "tokenFile", config: { tokenFile: join(account, "token") } } },
      ],
      contexts: [{ name: context, cluster: "in-cluster", user: "pod" }],
      currentContext: context,
    });
    return config;
  }
  for (const [index, { folder, text }] of files.entries()) {
    const one = index === 0 ? config : new Config();
    try {
      one.loadFromString(text);
      one.makePathsAbsolute(folder);
      if (one !== config) config.mergeConfig(one, true);
    } catch (error) {
      throw new DeployError("target", `kubeconfig in ${folder}: ${reasonOf(error)}`);
    }
  }
  config.setCurrentContext(context);
  return config;
}

/** What helpers of credentials say may hold what they give: no more than a line of it, without addresses' secrets. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return redact(text.split("\n")[0]!.slice(0, 300));
}

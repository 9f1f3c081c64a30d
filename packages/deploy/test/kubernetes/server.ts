import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Controller } from "./controller.ts";
import type { Behaviour } from "./kubelet.ts";
import { type Obj, read as readField } from "./fields.ts";
import { KINDS, type Kind } from "./kinds.ts";
import { Refusal, Store } from "./store.ts";
import { validate } from "./validate.ts";

const NAMESPACE = "shop";
export const TOKEN = "kube-token-0123456789abcdef";

export interface ApiServer extends AsyncDisposable {
  readonly url: string;
  readonly namespace: string;
  /** For the test to look at and to edit as others do. */
  readonly store: Store;
  readonly behaviours: Map<string, Behaviour>;
  /** What came: `PATCH /apis/… application/apply-patch+yaml`. */
  readonly requests: string[];
  /** Asked before each answer; what it gives is the answer instead. */
  intercept: (request: {
    readonly method: string;
    readonly path: string;
  }) => Refusal | "hang" | "drop" | undefined;
  /** A kubeconfig for it. */
  readonly kubeconfig: string;
}

/** A small API server over real HTTP with the used part of the API, and the controllers behind it. */
export async function startApiServer(): Promise<ApiServer> {
  const now = (): string => new Date().toISOString().replace(/\.\d+Z$/, "Z");
  const store = new Store(now);
  const behaviours = new Map<string, Behaviour>();
  const controller = new Controller(store, behaviours, now);
  store.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } }, "test");
  for (const architecture of ["amd64", "arm64"]) {
    const status = { nodeInfo: { operatingSystem: "linux", architecture } };
    store.create(
      { apiVersion: "v1", kind: "Node", metadata: { name: `node-${architecture}` }, spec: {}, status },
      "kubelet",
    );
  }
  const requests: string[] = [];
  const open = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    open.add(response);
    response.on("close", () => open.delete(response));
    void handle(request, response);
  });
  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url!, "http://server");
    const method = request.method!;
    const type = request.headers["content-type"] ?? "";
    requests.push(`${method} ${url.pathname}${url.search} ${type}`.trim());
    const instead = api.intercept({ method, path: url.pathname });
    if (instead === "hang") return;
    if (instead === "drop") return void request.socket.destroy();
    try {
      if (instead !== undefined) throw instead;
      if (request.headers.authorization !== `Bearer ${TOKEN}`)
        throw new Refusal(401, "Unauthorized", "Unauthorized");
      const body: Obj = JSON.parse((await text(request)) || "null") as Obj;
      if (url.pathname.endsWith("/log")) await sendLog(response, url, store, controller);
      else send(response, 200, answer(store, method, url, body, type));
    } catch (error) {
      const refusal =
        error instanceof Refusal ? error : new Refusal(500, "InternalError", String((error as Error).stack));
      send(response, refusal.status, refusal.body);
    }
  };
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const api: ApiServer = {
    url,
    namespace: NAMESPACE,
    store,
    behaviours,
    requests,
    intercept: () => undefined,
    kubeconfig: kubeconfigFor(url),
    async [Symbol.asyncDispose]() {
      controller.stop();
      for (const response of open) response.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return api;
}

function kubeconfigFor(server: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "test",
    clusters: [{ name: "small", cluster: { server, "insecure-skip-tls-verify": true } }],
    users: [{ name: "ada", user: { token: TOKEN } }],
    contexts: [{ name: "test", context: { cluster: "small", user: "ada", namespace: NAMESPACE } }],
  });
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function send(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

function answer(store: Store, method: string, url: URL, body: Obj, type: string): unknown {
  const [, root, ...rest] = url.pathname.split("/");
  const apiVersion = root === "api" ? rest.shift()! : `${rest.shift()}/${rest.shift()}`;
  const kinds = KINDS.filter((each) => each.apiVersion === apiVersion);
  if (kinds.length === 0)
    throw new Refusal(404, "NotFound", "the server could not find the requested resource");
  if (rest.length === 0) return discovery(apiVersion, kinds);
  const namespace = rest[0] === "namespaces" && rest.length > 2 ? rest.splice(0, 2)[1] : undefined;
  const [plural, name] = rest;
  const kind = kinds.find((each) => each.plural === plural && each.namespaced === (namespace !== undefined));
  if (kind === undefined)
    throw new Refusal(404, "NotFound", "the server could not find the requested resource");
  if (
    namespace !== undefined &&
    store.get("Namespace", undefined, namespace) === undefined &&
    method !== "GET"
  ) {
    throw new Refusal(404, "NotFound", `namespaces "${namespace}" not found`);
  }
  return name === undefined
    ? collection(store, method, kind, namespace, url, body)
    : single(store, method, kind, namespace, name, url, body, type);
}

function discovery(groupVersion: string, kinds: readonly Kind[]): unknown {
  const resources = kinds.map(({ plural, kind, namespaced }) => ({
    name: plural,
    kind,
    namespaced,
    singularName: "",
    verbs: [],
  }));
  const parts = [{ name: "pods/log", kind: "Pod", namespaced: true, singularName: "", verbs: ["get"] }];
  return { kind: "APIResourceList", apiVersion: "v1", groupVersion, resources: [...parts, ...resources] };
}

function collection(
  store: Store,
  method: string,
  kind: Kind,
  namespace: string | undefined,
  url: URL,
  body: Obj,
): unknown {
  const query = url.searchParams;
  if (method === "POST") {
    body["metadata"].namespace ??= namespace;
    return store.create(body, query.get("fieldManager") ?? "unknown");
  }
  const matching = store
    .all(kind.kind, namespace)
    .filter((object) => matches(query.get("labelSelector"), (key) => object["metadata"].labels?.[key]))
    .filter((object) =>
      matches(query.get("fieldSelector"), (key) =>
        readField(object, JSON.stringify(key.split(".").map((part) => `f:${part}`))),
      ),
    );
  const from = Number(query.get("continue") ?? 0);
  const limit = Number(query.get("limit") ?? 500);
  const more = from + limit < matching.length ? { continue: String(from + limit) } : {};
  // Entries of real lists have neither kind nor apiVersion.
  const items = matching.slice(from, from + limit).map(({ metadata, spec, ...fields }) => ({
    ...fields,
    metadata,
    spec,
    kind: undefined,
    apiVersion: undefined,
  }));
  return {
    kind: `${kind.kind}List`,
    apiVersion: kind.apiVersion,
    metadata: { resourceVersion: store.version, ...more },
    items,
  };
}

function matches(selector: string | null, valueOf: (key: string) => unknown): boolean {
  return (selector ?? "")
    .split(",")
    .filter(Boolean)
    .every((part) => {
      const [key, value] = part.split("=");
      return valueOf(key!) === value;
    });
}

function single(
  store: Store,
  method: string,
  kind: Kind,
  namespace: string | undefined,
  name: string,
  url: URL,
  body: Obj,
  type: string,
): unknown {
  const manager = url.searchParams.get("fieldManager") ?? "unknown";
  switch (method) {
    case "GET": {
      const found = store.get(kind.kind, namespace, name);
      if (found === undefined) throw new Refusal(404, "NotFound", `${kind.plural} "${name}" not found`);
      return found;
    }
    case "PUT":
      body["metadata"].namespace ??= namespace;
      return store.replace(body, manager);
    case "DELETE":
      return store.remove(kind.kind, namespace, name, body?.["preconditions"]?.uid);
    case "PATCH": {
      if (type !== "application/apply-patch+yaml")
        return store.merge(kind.kind, namespace, name, body, manager);
      const force = url.searchParams.get("force") === "true";
      const dryRun = url.searchParams.get("dryRun") === "All";
      validate(body);
      body["metadata"].namespace ??= namespace;
      return store.apply(body, manager, { force, dryRun });
    }
    default:
      throw new Refusal(405, "MethodNotAllowed", method);
  }
}

async function sendLog(
  response: ServerResponse,
  url: URL,
  store: Store,
  controller: Controller,
): Promise<void> {
  const [, , , , namespace, , name] = url.pathname.split("/");
  const pod = store.get("Pod", namespace, name!);
  if (pod === undefined) throw new Refusal(404, "NotFound", `pods "${name}" not found`);
  const [status] = pod["status"].containerStatuses ?? [];
  const { does, log: said = [], forgets } = controller.kubelet.behaviourOf(pod);
  if (status === undefined || status.state.waiting?.reason === "ContainerCreating" || does === "missing") {
    throw new Refusal(
      400,
      "BadRequest",
      `container "app" in pod "${name}" is waiting to start: image can't be pulled`,
    );
  }
  const previous = url.searchParams.get("previous") === "true";
  if (previous && status.restartCount === 0)
    throw new Refusal(400, "BadRequest", "previous terminated container not found");
  const log = previous && forgets === true ? ["unable to retrieve container logs for docker://0af3"] : said;
  const tail = Number(url.searchParams.get("tailLines") ?? log.length);
  const lines = log.slice(Math.max(0, log.length - tail));
  response.writeHead(200, { "content-type": "text/plain" });
  response.write(lines.map((line) => `${line}\n`).join(""));
  if (url.searchParams.get("follow") !== "true" || previous) return void response.end();
  // It ends with the pod.
  while (!response.destroyed && store.get("Pod", namespace, name!) !== undefined)
    await new Promise((resolve) => setTimeout(resolve, 20));
  response.end();
}

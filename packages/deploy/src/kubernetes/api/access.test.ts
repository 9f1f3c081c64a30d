import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync, mkdirSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@seaworthy/oci";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ApiClient } from "./client.ts";
import { connect } from "./connection.ts";
import { findAccess } from "./kubeconfig.ts";

const { signal } = new AbortController();
const settings = { environment: "staging", manifests: "" };
const hasOpenssl = spawnSync("openssl", ["version"]).error === undefined;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "seaworthy-access-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** An account as the kubelet mounts it into a pod. */
function account(token: string, ca: string): string {
  const path = join(folder, "account");
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, "token"), token);
  writeFileSync(join(path, "ca.crt"), ca);
  writeFileSync(join(path, "namespace"), "pods-own\n");
  return path;
}

function kubeconfig(name: string, config: object): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(config));
  return path;
}

const contexts = (name: string, namespace?: string) => [
  { name, context: { cluster: name, user: name, ...(namespace === undefined ? {} : { namespace }) } },
];

describe("which cluster", () => {
  it("is that of the settings before KUBECONFIG, before that of the home folder, before the pod's", () => {
    const own = kubeconfig("own", { "current-context": "own", contexts: contexts("own", "a") });
    const other = kubeconfig("other", { "current-context": "other", contexts: contexts("other") });
    mkdirSync(join(folder, "home/.kube"), { recursive: true });
    const home = { "current-context": "home", contexts: contexts("home", "b") };
    writeFileSync(join(folder, "home/.kube/config"), JSON.stringify(home));
    const env = { KUBECONFIG: other, HOME: join(folder, "home"), KUBERNETES_SERVICE_HOST: "10.0.0.1" };
    const pod = account("t", "");
    const place = (more: object, vars: object) => {
      const { context, namespace } = findAccess({ ...settings, ...more }, { env: vars as typeof env }, pod);
      return `${context}/${namespace}`;
    };
    expect(place({ kubeconfig: own }, env)).toBe("own/a");
    expect(place({}, env)).toBe("other/default");
    expect(place({}, { ...env, KUBECONFIG: "" })).toBe("home/b");
    expect(place({}, { KUBERNETES_SERVICE_HOST: "10.0.0.1" })).toBe("in-cluster/pods-own");
    expect(place({ namespace: "mine" }, { KUBERNETES_SERVICE_HOST: "10.0.0.1" })).toBe("in-cluster/mine");
  });

  it("may be in one of several files", () => {
    const first = kubeconfig("first", { "current-context": "two", contexts: contexts("one") });
    const second = kubeconfig("second", { contexts: contexts("two", "x") });
    const env = { KUBECONFIG: `${first}:${second}` };
    expect(findAccess(settings, { env })).toMatchObject({ context: "two", namespace: "x" });
    expect(findAccess({ ...settings, context: "one" }, { env })).toMatchObject({ context: "one" });
  });

  it("is none", () => {
    expect(() => findAccess(settings, { env: {} }, folder)).toThrow(
      "no kubeconfig, and this is no pod of a cluster",
    );
    expect(() => findAccess({ ...settings, kubeconfig: join(folder, "no") }, { env: {} })).toThrow(
      "found no file",
    );
    const path = kubeconfig("empty", {});
    expect(() => findAccess({ ...settings, kubeconfig: path }, { env: {} })).toThrow(
      `${path}: no current context`,
    );
  });
});

describe.skipIf(!hasOpenssl)("over TLS", () => {
  let ca: string;
  let key: string;
  beforeAll(() => {
    const [keyFile, caFile] = [join(folder, "key.pem"), join(folder, "ca.pem")];
    const subject = ["-subj", "/CN=kubernetes", "-addext", "subjectAltName=IP:127.0.0.1"];
    const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1"];
    execFileSync("openssl", ["req", "-x509", ...curve, ...subject, "-keyout", keyFile, "-out", caFile], {
      stdio: "pipe",
    });
    ca = readFileSync(caFile, "utf8");
    key = readFileSync(keyFile, "utf8");
  });

  /** Answers discovery and an empty list; counts connections and keeps what it was shown. */
  async function listen() {
    const seen = { connections: 0, tokens: new Set<string>() };
    const server = createServer({ key, cert: ca }, (request, response) => {
      seen.tokens.add(request.headers.authorization ?? "");
      const list =
        request.url === "/api/v1"
          ? { resources: [{ name: "pods", kind: "Pod", namespaced: true }] }
          : { items: [] };
      response.end(JSON.stringify(list));
    });
    server.on("secureConnection", () => seen.connections++);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const close = async (): Promise<void> => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    };
    return { port: String(port), seen, [Symbol.asyncDispose]: close };
  }

  const pods = { apiVersion: "v1", kind: "Pod" };

  it("a pod shows its token to a server with its cluster's certificate, over connections that it keeps", async () => {
    await using server = await listen();
    const env = { KUBERNETES_SERVICE_HOST: "127.0.0.1", KUBERNETES_SERVICE_PORT: server.port };
    const access = findAccess(settings, { env }, account("pod-token", ca));
    const api = new ApiClient(await connect(access), access.namespace, systemClock);
    for (let index = 0; index < 5; index++) expect(await api.list(pods, signal)).toEqual([]);
    expect(server.seen.tokens).toEqual(new Set(["Bearer pod-token"]));
    // Of six requests; the second may come before the first connection is free again.
    expect(server.seen.connections).toBeLessThanOrEqual(2);
  });

  it("no token goes to a server with another certificate", async () => {
    await using server = await listen();
    const cluster = { server: `https://127.0.0.1:${server.port}` };
    const path = kubeconfig("stranger", {
      "current-context": "x",
      contexts: contexts("x"),
      clusters: [{ name: "x", cluster }],
      users: [{ name: "x", user: { token: "t" } }],
    });
    const access = findAccess({ ...settings, kubeconfig: path }, { env: {} });
    const api = new ApiClient(await connect(access), access.namespace, systemClock);
    await expect(api.list(pods, signal)).rejects.toThrow("GET /api/v1: its certificate is not trusted");
    expect(server.seen.tokens).toEqual(new Set());
  });

  it("credentials may come from a program, and what goes wrong with it is told without what it says of secrets", async () => {
    await using server = await listen();
    const status = {
      apiVersion: "client.authentication.k8s.io/v1",
      kind: "ExecCredential",
      status: { token: "made" },
    };
    const config = (script: string) =>
      kubeconfig("exec", {
        "current-context": "x",
        contexts: contexts("x"),
        clusters: [
          {
            name: "x",
            cluster: { server: `https://127.0.0.1:${server.port}`, "certificate-authority": "ca.pem" },
          },
        ],
        users: [{ name: "x", user: { exec: { command: process.execPath, args: ["-e", script] } } }],
      });
    const open = async (script: string) => {
      const access = findAccess({ ...settings, kubeconfig: config(script) }, { env: {} });
      return new ApiClient(await connect(access), access.namespace, systemClock);
    };
    await (await open(`console.log(${JSON.stringify(JSON.stringify(status))})`)).list(pods, signal);
    expect(server.seen.tokens).toEqual(new Set(["Bearer made"]));
    const broken = await open(`console.error("cannot use Bearer abcdefghijklmnop"); process.exit(1)`);
    await expect(broken.list(pods, signal)).rejects.toThrow(
      "context x: no credentials: cannot use Bearer [redacted]",
    );
  });
});

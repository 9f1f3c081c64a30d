import { readFileSync, statSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { parse } from "yaml";
import { DeployError } from "../../error.ts";
import { type JsonObject, isObject, listAt, textAt } from "../object.ts";
import type { KubernetesSettings, KubernetesTools } from "../settings.ts";

const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";
const MAX_BYTES = 4 << 20;

/** Which cluster, as whom, and where in it. */
export interface Access {
  readonly context: string;
  readonly namespace: string;
  readonly files: readonly { readonly folder: string; readonly text: string }[];
  /** Instead of files: we run in a pod. */
  readonly inCluster?: { readonly server: string; readonly account: string };
}

/**
 * In kubectl's order: the path of the settings, `KUBECONFIG`, `~/.kube/config`, the account of the pod we run in.
 * @param account of the pod; elsewhere in tests
 * @throws DeployError `target`
 */
export function findAccess(
  { kubeconfig, context, namespace }: KubernetesSettings,
  { env }: KubernetesTools,
  account: string = SERVICE_ACCOUNT,
): Access {
  const paths = kubeconfigPaths(kubeconfig, env);
  if (paths.length === 0) return inCluster(env, account, namespace);
  const files = paths.map((path) => ({ path, folder: dirname(path), ...readConfig(path) }));
  const wanted = context ?? files.map(({ config }) => textAt(config, "current-context")).find(Boolean);
  const where = paths.join(delimiter);
  if (wanted === undefined) {
    throw new DeployError("target", `${where}: no current context`, {
      hint: "name one as context in the config",
    });
  }
  const contexts = files.flatMap(({ config }) => listAt(config, "contexts"));
  const found = contexts.find((entry) => textAt(entry, "name") === wanted);
  if (found === undefined) {
    const names = contexts.map((entry) => textAt(entry, "name") ?? "").join(", ");
    throw new DeployError(
      "target",
      `${where}: no context ${JSON.stringify(wanted)}, found ${names || "none"}`,
    );
  }
  return {
    context: wanted,
    namespace: namespace ?? textAt(found, "context", "namespace") ?? "default",
    files,
  };
}

function kubeconfigPaths(given: string | undefined, env: KubernetesTools["env"]): readonly string[] {
  if (given !== undefined) return [given];
  const named = (env["KUBECONFIG"] ?? "").split(delimiter).filter((path) => path !== "");
  if (named.length > 0) return named;
  const home = env["HOME"];
  const path = home === undefined ? undefined : join(home, ".kube/config");
  return path !== undefined && statSync(path, { throwIfNoEntry: false })?.isFile() === true ? [path] : [];
}

/** Nothing of what it holds may show: a kubeconfig is a secret. */
function readConfig(path: string): { readonly text: string; readonly config: JsonObject } {
  const fail = (problem: string): DeployError =>
    new DeployError("target", `${path}: ${problem}`, {
      hint: "point kubeconfig or KUBECONFIG at a kubeconfig",
    });
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat?.isFile() !== true) throw fail("expected a kubeconfig, found no file");
  if (stat.size > MAX_BYTES) throw fail(`expected at most ${MAX_BYTES} bytes, found ${stat.size}`);
  const text = readFileSync(path, "utf8");
  let config: unknown;
  try {
    config = parse(text);
  } catch {
    throw fail("expected a kubeconfig, found no YAML");
  }
  if (!isObject(config)) throw fail("expected a kubeconfig, found other YAML");
  return { text, config };
}

function inCluster(env: KubernetesTools["env"], account: string, namespace: string | undefined): Access {
  const host = env["KUBERNETES_SERVICE_HOST"];
  const port = env["KUBERNETES_SERVICE_PORT"] ?? "443";
  if (host === undefined || statSync(join(account, "token"), { throwIfNoEntry: false }) === undefined) {
    throw new DeployError("target", "kubernetes: no kubeconfig, and this is no pod of a cluster", {
      hint: "name one as kubeconfig in the config, or in KUBECONFIG",
    });
  }
  const file = join(account, "namespace");
  const own =
    statSync(file, { throwIfNoEntry: false }) === undefined ? "" : readFileSync(file, "utf8").trim();
  return {
    context: "in-cluster",
    namespace: namespace ?? (own || "default"),
    files: [],
    inCluster: { server: `https://${host.includes(":") ? `[${host}]` : host}:${port}`, account },
  };
}

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Digest } from "@seaworthy/oci";
import { kubernetesTarget } from "../../src/kubernetes/target.ts";
import type { KubernetesSettings } from "../../src/kubernetes/settings.ts";
import type { DeployedImage, Target } from "../../src/target.ts";
import { type ApiServer, startApiServer } from "./server.ts";
import { isLeaving, isReady } from "./pods.ts";

export const NAME = "registry.example/shop";

export function image(version: string, fill: string): DeployedImage {
  return { name: NAME, digest: `sha256:${fill.repeat(64)}` as Digest, version };
}

export const IMAGES = {
  one: image("one", "1"),
  two: image("two", "2"),
  crashing: image("crashing", "c"),
  missing: image("missing", "d"),
  hungry: image("hungry", "e"),
  deaf: image("deaf", "f"),
  homeless: image("homeless", "a"),
  denied: image("denied", "b"),
  shortLived: image("short-lived", "9"),
};

/** The kinds that are services, each rolled out by a controller of its own. */
export const WORKLOADS = ["Deployment", "StatefulSet", "DaemonSet"] as const;

/** A workload of one container, and what the test adds to it. */
export function workload(
  kind: (typeof WORKLOADS)[number],
  name: string,
  spec: object = {},
  container: object = {},
): object {
  const labels = { app: name };
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: { name },
    spec: {
      ...(kind === "DaemonSet" ? {} : { replicas: 2 }),
      ...(kind === "StatefulSet" ? { serviceName: name } : {}),
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: "app", image: "shop", ...container }] },
      },
      ...spec,
    },
  };
}

export function deployment(name: string, spec: object = {}, container: object = {}): object {
  return workload("Deployment", name, spec, container);
}

export function service(name: string): object {
  const spec = { selector: { app: name }, ports: [{ port: 80 }] };
  return { apiVersion: "v1", kind: "Service", metadata: { name }, spec };
}

export interface Rig extends AsyncDisposable {
  readonly api: ApiServer;
  readonly folder: string;
  write(...objects: readonly object[]): Promise<void>;
  open(settings?: Partial<KubernetesSettings>): Target;
  serving(name?: string): string | undefined;
}

export async function openRig(): Promise<Rig> {
  const api = await startApiServer();
  const folder = await mkdtemp(join(tmpdir(), "seaworthy-kubernetes-"));
  const kubeconfig = join(folder, "kubeconfig");
  const manifests = join(folder, "manifests.json");
  await writeFile(kubeconfig, api.kubeconfig, { mode: 0o600 });
  const behave = (key: keyof typeof IMAGES, does: Parameters<typeof api.behaviours.set>[1]): void =>
    void api.behaviours.set(IMAGES[key].digest, does);
  behave("one", { does: "run", log: ["starting", "version one is up"] });
  behave("two", { does: "run", log: ["version two is up"] });
  behave("crashing", { does: "crash", log: ["no database"] });
  behave("missing", { does: "missing" });
  behave("hungry", { does: "out-of-memory", log: ["allocating"] });
  behave("deaf", { does: "never-ready", log: ["waiting for the model"] });
  behave("homeless", { does: "unschedulable" });
  behave("denied", { does: "over-quota" });
  behave("shortLived", { does: "crash-later", log: ["all is well"] });
  const rig: Rig = {
    api,
    folder,
    write: (...objects) =>
      writeFile(manifests, JSON.stringify({ apiVersion: "v1", kind: "List", items: objects })),
    open: (settings = {}) =>
      kubernetesTarget(
        {
          environment: "staging",
          manifests,
          kubeconfig,
          images: ["shop"],
          hold: 40,
          within: 15_000,
          ...settings,
        },
        { env: { PATH: process.env["PATH"] }, interval: 10 },
      ),
    serving(name = "web") {
      const selector = api.store.get("Service", api.namespace, name)?.["spec"].selector ?? {};
      const pod = api.store
        .all("Pod", api.namespace)
        .filter((each) => isReady(each) && !isLeaving(each))
        .find((each) =>
          Object.entries(selector).every(([key, value]) => each["metadata"].labels[key] === value),
        );
      const digest = String(pod?.["spec"].containers[0].image).split("@")[1];
      return Object.values(IMAGES).find((each) => each.digest === digest)?.version;
    },
    async [Symbol.asyncDispose]() {
      await api[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    },
  };
  await rig.write(service("web"), deployment("web"));
  return rig;
}

import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  copyGraph,
  digestOf,
  formatReference,
  hostPlatform,
  memoryStore,
  parseReference,
  systemClock,
} from "@seaworthy/oci";
import { remoteRepository } from "@seaworthy/oci/remote";
import { describe, vi } from "vitest";
import { smallRoot } from "../../../release/test/rootfs.ts";
import { type StoredLayer, putImage, putIndex, putLayer } from "../../../release/test/stored-image.ts";
import { WORKLOADS, workload } from "../../test/kubernetes/rig.ts";
import type { DeployedImage } from "../target.ts";
import { type TargetRig, targetContract } from "../target.contract.ts";
import { ApiClient } from "./api/client.ts";
import { connect } from "./api/connection.ts";
import { findAccess } from "./api/kubeconfig.ts";
import { containersOf, imageDigest } from "./images.ts";
import { environmentSelector } from "./labels.ts";
import { isReady } from "./rollout/workload.ts";
import { kubernetesTarget } from "./target.ts";

/** A cluster of the developer's, and a registry that its nodes pull from: see README.md. */
const { SEAWORTHY_TEST_KUBECONFIG: kubeconfig, SEAWORTHY_TEST_REGISTRY: registry } = process.env;
// A kubelet takes its time: between two starts of what ends at once it waits 10, 20, 40 s.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });
const { signal } = new AbortController();

const PROGRAM = String.raw`$| = 1;
if ($ENV{VERSION} eq "crashing") { print "no database\n"; exit 3 }
$SIG{TERM} = sub { exit 0 };
print "version $ENV{VERSION} is up\n";
sleep 1 while 1;
`;

async function pushVersion(name: string, version: string): Promise<DeployedImage> {
  const store = memoryStore();
  const layer: StoredLayer = await putLayer(store, smallRoot({ "program.pl": PROGRAM }));
  const config = { Entrypoint: ["/usr/bin/perl", "/program.pl"], Env: [`VERSION=${version}`] };
  const { architecture } = hostPlatform();
  const index = await putIndex(store, [await putImage(store, { architecture, layer, config })]);
  await copyGraph(index, store, remoteRepository(parseReference(name)));
  return { name, digest: index.digest, version };
}

async function pushAll(name: string): Promise<TargetRig["images"]> {
  return {
    one: await pushVersion(name, "one"),
    two: await pushVersion(name, "two"),
    crashing: await pushVersion(name, "crashing"),
    missing: { name, digest: digestOf(Buffer.from("nobody")), version: "missing" },
  };
}

async function openRig(kind: (typeof WORKLOADS)[number], images: TargetRig["images"]): Promise<TargetRig> {
  const folder = mkdtempSync(join(tmpdir(), "seaworthy-cluster-"));
  const manifests = join(folder, "web.json");
  const environment = `t${randomUUID().slice(0, 8)}`;
  const container = { image: "shop", resources: { requests: { cpu: "10m", memory: "16Mi" } } };
  writeFileSync(manifests, JSON.stringify(workload(kind, `web-${environment}`, {}, container)));
  const settings = { environment, manifests, images: ["shop"], hold: 2_000, within: 100_000 };
  const own = { ...settings, ...(kubeconfig === undefined ? {} : { kubeconfig }) };
  const access = findAccess(own, { env: process.env });
  const api = new ApiClient(await connect(access), access.namespace, systemClock);
  const open = () => kubernetesTarget(own, { env: process.env, interval: 300 });
  return {
    open,
    images,
    async serving() {
      const labels = environmentSelector(environment);
      const pods = await api.list({ apiVersion: "v1", kind: "Pod", labels }, signal);
      const ready = pods.find((pod) => isReady(pod) && pod.metadata["deletionTimestamp"] === undefined);
      const digest = ready && imageDigest(containersOf(ready)[0]!.image);
      return Object.values(images).find((each) => each.digest === digest)?.version;
    },
    cutOff: () => Promise.resolve(),
    async [Symbol.asyncDispose]() {
      for (const [apiVersion, each] of [
        ["apps/v1", kind],
        ["v1", "Secret"],
        ["coordination.k8s.io/v1", "Lease"],
      ] as const) {
        const object = each === kind ? `web-${environment}` : `seaworthy-${environment}`;
        await api.remove({ apiVersion, kind: each, name: object }, signal);
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

describe.skipIf(kubeconfig === undefined || registry === undefined)("a cluster", () => {
  const { tag: _, ...name } = parseReference(`${registry ?? "none.invalid"}/web`);
  let images: Promise<TargetRig["images"]> | undefined;
  describe.each(WORKLOADS)("with a %s", (kind) => {
    targetContract(`kubernetes at ${kubeconfig}`, async () => {
      images ??= pushAll(formatReference(name));
      return openRig(kind, await images);
    });
  });
});

import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type KubeObject, keyOf } from "../object.ts";
import { kubectlKustomize } from "./kubectl.ts";
import { renderManifests } from "./render.ts";

const { signal } = new AbortController();
/** Nothing is on it. */
const alone = { env: { PATH: "/nonexistent" }, signal };
const withKubectl = { env: process.env, signal };
const hasKubectl = ((): boolean => {
  try {
    execFileSync("kubectl", ["kustomize", "--help"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

const DEPLOYMENT = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, labels: { app: web } }
spec:
  replicas: 1
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      initContainers: [{ name: migrate, image: "shop:1", envFrom: [{ configMapRef: { name: settings } }] }]
      containers:
        - name: app
          image: registry.example:5000/shop:1
          args: [a, b]
          env: [{ name: A, value: "1" }, { name: B, valueFrom: { configMapKeyRef: { name: settings, key: LEVEL } } }]
          ports: [{ containerPort: 80 }]
        - { name: sidecar, image: proxy }
      volumes: [{ name: files, configMap: { name: settings } }]
`;
const SERVICE = `
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: web }, ports: [{ port: 80, name: http }] }
`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "seaworthy-render-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function put(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
}

function sorted(objects: readonly KubeObject[] | undefined): readonly KubeObject[] {
  return (objects ?? []).toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

const BASE = {
  "base/kustomization.yaml": `
resources: [web.yaml]
configMapGenerator:
  - name: settings
    literals: [LEVEL=info, "QUOTED='a b'", "HTML=<a>&b"]
    files: [settings.ini, renamed=settings.ini]
    envs: [.env]
`,
  "base/web.yaml": `${DEPLOYMENT}---${SERVICE}`,
  "base/settings.ini": "[shop]\nname=Ünter\n",
  "base/.env": "# comment\nFROM_ENV=yes\n\n",
};

/** One kustomization for each feature; each renders as kubectl does it. */
const OVERLAYS: Readonly<Record<string, string>> = {
  "nothing of its own": "",
  namespace: "namespace: shop",
  labels: "labels: [{ pairs: { team: a, tier: '2' } }, { pairs: { pods: b }, includeTemplates: true }]",
  annotations: "commonAnnotations: { note: x }",
  images: `images:
  - { name: "registry.example:5000/shop", newName: other.example/shop, newTag: "2" }
  - { name: proxy, digest: "sha256:${"1".repeat(64)}" }
  - { name: shop, newTag: "7" }`,
  replicas: "replicas: [{ name: web, count: 5 }]",
  "a ConfigMap with more in it":
    "configMapGenerator: [{ name: settings, behavior: merge, literals: [LEVEL=debug] }]",
  "a ConfigMap replaced":
    "configMapGenerator: [{ name: settings, behavior: replace, literals: [LEVEL=debug] }]",
  "a ConfigMap without hash": `generatorOptions: { disableNameSuffixHash: true, labels: { a: b } }
configMapGenerator: [{ name: plain, literals: [A=1] }]`,
  "a strategic merge patch": `patches:
  - patch: |-
      apiVersion: apps/v1
      kind: Deployment
      metadata: { name: web, labels: { more: "1" } }
      spec:
        strategy: { type: Recreate }
        template:
          spec:
            containers:
              - { name: app, args: [c], env: [{ name: A, value: "2" }, { name: C, value: "3" }], resources: { limits: { memory: 1Gi } } }
              - { name: sidecar, $patch: delete }
              - { name: third, image: third }
            initContainers: null`,
  "a JSON patch": `patches:
  - target: { kind: Deploy.*, name: w.b }
    patch: |-
      - { op: test, path: /spec/replicas, value: 1 }
      - { op: replace, path: /spec/replicas, value: 4 }
      - { op: add, path: /spec/template/spec/containers/0/args/-, value: z }
      - { op: add, path: /metadata/labels/a~1b, value: x }
      - { op: remove, path: /spec/template/spec/volumes/0 }`,
  "a patch that takes an object away": `patches:
  - patch: |-
      apiVersion: v1
      kind: Service
      metadata: { name: web }
      $patch: delete`,
};

describe("a kustomization", () => {
  it.each(Object.entries(OVERLAYS))("renders %s", async (_, text) => {
    await put({ ...BASE, "over/kustomization.yaml": `resources: [../base]\n${text}\n` });
    const own = sorted(await renderManifests(join(folder, "over"), alone));
    expect(own.map(({ kind }) => kind)).toContain("Deployment");
    if (!hasKubectl) return console.info("not compared with kubectl kustomize: no kubectl here");
    expect(own).toEqual(sorted(await kubectlKustomize(join(folder, "over"), withKubectl)));
  });

  it("names a ConfigMap by what it holds, and says so to pods", async () => {
    await put(BASE);
    const objects = await renderManifests(join(folder, "base"), alone);
    const name = objects.find(({ kind }) => kind === "ConfigMap")?.metadata.name;
    expect(name).toMatch(/^settings-[\da-z]{10}$/);
    expect(JSON.stringify(objects).split(`"name":"${name}"`)).toHaveLength(5);
  });

  it.each([
    ["components: [x]", "components"],
    ["helmCharts: []", "helmCharts"],
    ["resources: [https://example.com/x.yaml]", "the remote resource https://example.com/x.yaml"],
    ["labels: [{ pairs: { a: b }, includeSelectors: true }]\nresources: [web.yaml]", "includeSelectors"],
    ["patches: [{ target: { labelSelector: a=b }, patch: '[]' }]", "target.labelSelector"],
  ])("names what it does not do: %s", async (text, what) => {
    await put({ "kustomization.yaml": text, "web.yaml": DEPLOYMENT });
    await expect(renderManifests(folder, alone)).rejects.toMatchObject({
      code: "refused",
      message: expect.stringContaining(what) as string,
      hint: expect.stringContaining("kubectl") as string,
    });
  });

  it.skipIf(!hasKubectl)("leaves to kubectl what it does not do", async () => {
    await put({ "kustomization.yaml": "namePrefix: a-\nresources: [web.yaml]", "web.yaml": SERVICE });
    expect((await renderManifests(folder, withKubectl)).map(({ metadata }) => metadata.name)).toEqual([
      "a-web",
    ]);
  });

  it.each([
    ["resources: [../secret.yaml]", "is outside of its folder"],
    ["resources: [none.yaml]", "resource none.yaml is not there"],
    ["resources: [.]", "includes itself"],
    ["resources: [web.yaml, web.yaml]", "Deployment web is there twice"],
    ["configMapGenerator: [{ name: a, files: [../secret.yaml] }]", "is outside of its folder"],
    ["configMapGenerator: [{ name: a, literals: [x] }]", "expected name=value"],
    ["configMapGenerator: [{ name: a, behavior: merge }]", "no ConfigMap a to merge"],
    [
      "resources: [web.yaml]\npatches: [{ patch: '{kind: Deployment, metadata: {name: no}}' }]",
      "no Deployment no to patch",
    ],
    [
      "resources: [web.yaml]\npatches: [{ target: { kind: Deployment }, patch: '[{op: remove, path: /spec/no}]' }]",
      "remove /spec/no: no is not there",
    ],
    [
      "resources: [web.yaml]\npatches: [{ target: { kind: Deployment }, patch: '[{op: test, path: /spec/replicas, value: 9}]' }]",
      "expected 9, found 1",
    ],
  ])("refuses %s", async (text, problem) => {
    await put({ "in/kustomization.yaml": text, "in/web.yaml": DEPLOYMENT, "secret.yaml": SERVICE });
    await expect(renderManifests(join(folder, "in"), alone)).rejects.toMatchObject({
      code: "refused",
      message: expect.stringContaining(problem) as string,
    });
  });
});

describe("plain manifests", () => {
  it("are files of a folder, and lists are what is in them", async () => {
    await put({
      "a.yaml": `${DEPLOYMENT}---\n---${SERVICE}`,
      "b.json": `{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"Secret","metadata":{"name":"s"}}]}`,
      "c.txt": "no",
    });
    expect((await renderManifests(folder, alone)).map(({ kind }) => kind)).toEqual([
      "Deployment",
      "Service",
      "Secret",
    ]);
  });

  it.each([
    ["kind: Service\nmetadata: { name: a }", "expected apiVersion of a Service, found none"],
    [
      "apiVersion: v1\nkind: Service\nmetadata: { generateName: a- }",
      "expected metadata.name of a Service, found none",
    ],
    ["a: [1\nb: 2", "bad.yaml:2"],
    ["just text", "expected apiVersion, found none"],
  ])("are refused with their place: %j", async (text, problem) => {
    await put({ "bad.yaml": text });
    await expect(renderManifests(join(folder, "bad.yaml"), alone)).rejects.toThrow(problem);
  });

  it("that grow by repetition are refused", async () => {
    const lines = ["a: &a [x, x, x, x, x, x, x, x, x, x]"];
    for (let index = 0; index < 8; index++) {
      const [from, to] = [String.fromCharCode(97 + index), String.fromCharCode(98 + index)];
      lines.push(`${to}: &${to} [${Array.from({ length: 10 }, () => `*${from}`).join(", ")}]`);
    }
    await put({ "bomb.yaml": lines.join("\n") });
    await expect(renderManifests(join(folder, "bomb.yaml"), alone)).rejects.toThrow(/alias/i);
  });

  it("that are nowhere are refused", async () => {
    await expect(renderManifests(join(folder, "none"), alone)).rejects.toThrow(
      "expected manifests, found nothing",
    );
    await expect(renderManifests(folder, alone)).rejects.toThrow("expected manifests, found none");
  });
});

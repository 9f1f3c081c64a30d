import { readFileSync } from "node:fs";
import { join } from "node:path";
import { dumpYaml, loadYaml } from "@kubernetes/client-node";
import { parse, parseAllDocuments, stringify } from "yaml";
import { describe, expect, it } from "vitest";
import { serviceNames } from "../../../../apps/backend/src/process/services.ts";
import { baseFiles } from "../../../../deploy/kubernetes/manifests.ts";
import { SERVICES } from "../../../../deploy/kubernetes/services.ts";
import { type KubeObject, at, listAt } from "./object.ts";
import { kubectlKustomize } from "./render/kubectl.ts";
import { renderManifests } from "./render/render.ts";

const FOLDER = join(import.meta.dirname, "../../../../deploy/kubernetes");
const options = { env: { PATH: "/nonexistent" }, signal: new AbortController().signal };
const ENVIRONMENTS = ["staging", "production"];
const rendered = new Map(
  await Promise.all(
    ENVIRONMENTS.map(
      async (name) => [name, await renderManifests(join(FOLDER, "overlays", name), options)] as const,
    ),
  ),
);
const ofKind = (objects: readonly KubeObject[], kind: string) => objects.filter((each) => each.kind === kind);

describe("the manifests of the reference system", () => {
  it("are what the list of services gives", () => {
    for (const [name, text] of Object.entries(baseFiles())) {
      // The formatter may quote and wrap otherwise.
      const documents = (yaml: string) => parseAllDocuments(yaml).map((each) => each.toJS() as unknown);
      expect(documents(readFileSync(join(FOLDER, "base", name), "utf8"))).toEqual(documents(text));
    }
  });

  it("have each service of the application", () => {
    expect(SERVICES.map(({ name }) => name)).toEqual(serviceNames);
  });

  describe.each(ENVIRONMENTS)("%s", (name) => {
    const objects = rendered.get(name)!;

    it("has all that eleven services need", () => {
      const names = serviceNames.toSorted();
      for (const kind of ["Deployment", "Service", "PodDisruptionBudget"]) {
        expect(
          ofKind(objects, kind)
            .map(({ metadata }) => metadata.name)
            .toSorted(),
          kind,
        ).toEqual(names);
      }
      expect(ofKind(objects, "HorizontalPodAutoscaler").map(({ metadata }) => metadata.name)).toEqual([
        "api-gateway",
      ]);
      expect(ofKind(objects, "NetworkPolicy")).toHaveLength(3);
      expect(ofKind(objects, "Secret")).toEqual([]);
    });

    it("has no field that the API does not know", () => {
      // The official client's models are made from the API's own description, and lose what they do not know.
      for (const object of objects) {
        const known: unknown = parse(dumpYaml(loadYaml(stringify(object))));
        expect(known, `${object.kind} ${object.metadata.name}`).toEqual(JSON.parse(JSON.stringify(object)));
      }
    });

    it("lets nothing do more than it must", () => {
      for (const deployment of ofKind(objects, "Deployment")) {
        const spec = at(deployment, "spec", "template", "spec");
        expect(spec).toMatchObject({
          automountServiceAccountToken: false,
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 65_532,
            seccompProfile: { type: "RuntimeDefault" },
          },
        });
        for (const container of listAt(spec, "containers")) {
          expect(container).toMatchObject({
            securityContext: {
              allowPrivilegeEscalation: false,
              readOnlyRootFilesystem: true,
              capabilities: { drop: ["ALL"] },
            },
            resources: {
              requests: { cpu: expect.any(String), memory: expect.any(String) },
              limits: { memory: expect.any(String) },
            },
            startupProbe: {},
            readinessProbe: {},
            livenessProbe: {},
          });
        }
      }
    });

    it("refers only to what is there", () => {
      const configMaps = ofKind(objects, "ConfigMap").map(({ metadata }) => metadata.name);
      for (const deployment of ofKind(objects, "Deployment")) {
        const [container] = listAt(deployment, "spec", "template", "spec", "containers");
        const [from] = listAt(container, "envFrom");
        expect(configMaps).toContain(at(from, "configMapRef", "name"));
        expect(at(deployment, "spec", "template", "metadata", "labels")).toMatchObject(
          at(deployment, "spec", "selector", "matchLabels") as object,
        );
      }
    });

    it("is what kubectl makes of it", async () => {
      const theirs = await kubectlKustomize(join(FOLDER, "overlays", name), { ...options, env: process.env });
      if (theirs === undefined) return console.info("not compared: no kubectl here");
      const byName = (list: readonly KubeObject[]) =>
        list.toSorted((a, b) => (`${a.kind}/${a.metadata.name}` < `${b.kind}/${b.metadata.name}` ? -1 : 1));
      expect(byName(objects)).toEqual(byName(theirs));
    });
  });

  it("run more of it in production", () => {
    const replicas = (name: string) =>
      ofKind(rendered.get(name)!, "Deployment").map((each) => at(each, "spec", "replicas"));
    expect(new Set(replicas("staging"))).toEqual(new Set([undefined, 1]));
    expect(new Set(replicas("production"))).toEqual(new Set([undefined, 2]));
  });
});

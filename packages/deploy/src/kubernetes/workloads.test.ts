import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { failure, options } from "../../test/applying.ts";
import { IMAGES, type Rig, WORKLOADS, openRig, service, workload } from "../../test/kubernetes/rig.ts";
import type { ApplyOptions, Target } from "../target.ts";

let rig: Rig;
let target: Target;
beforeEach(async () => {
  rig = await openRig();
  target = rig.open();
});
afterEach(() => rig[Symbol.asyncDispose]());

const { signal } = new AbortController();
type Kind = (typeof WORKLOADS)[number];
const write = (kind: Kind, spec: object = {}, container: object = {}) =>
  rig.write(service("web"), workload(kind, "web", spec, container));
/** Versions that the pods have, in the order of their names. */
const versions = () =>
  rig.api.store.all("Pod", rig.api.namespace).map((pod) => {
    const digest = String(pod["spec"].containers[0].image).split("@")[1];
    return Object.values(IMAGES).find((each) => each.digest === digest)?.version;
  });
const pods = () => rig.api.store.all("Pod", rig.api.namespace);

describe("a StatefulSet", () => {
  it("gets past pods that cannot start, which it waits for in vain, and says which", async () => {
    await write("StatefulSet");
    await failure(target.apply(IMAGES.crashing, options()));
    const warnings: string[] = [];
    const progress: ApplyOptions["progress"] = (event) =>
      void (event.type === "warning" && warnings.push(event.message));
    await target.apply(IMAGES.two, options({ progress }));
    expect(versions()).toEqual(["two", "two"]);
    expect(warnings).toEqual(["test/shop: removed pod web-0, which was not ready before"]);
  });

  it("keeps what serves while the next version cannot start", async () => {
    await write("StatefulSet");
    await target.apply(IMAGES.one, options());
    await failure(target.apply(IMAGES.missing, options()));
    expect(versions()).toEqual(["one", "missing"]);
    await target.revert(options());
    expect(versions()).toEqual(["one", "one"]);
  });

  it("is through at its partition, below which pods stay as they are", async () => {
    await write("StatefulSet", {
      updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 1 } },
    });
    await target.apply(IMAGES.one, options());
    await target.apply(IMAGES.two, options());
    expect(versions()).toEqual(["one", "two"]);
    expect((await target.status(signal)).services).toMatchObject([{ state: "healthy" }]);
  });

  it("stops although none of its pods is ready", async () => {
    await write("StatefulSet");
    await target.apply(IMAGES.one, options());
    rig.api.behaviours.set(IMAGES.one.digest, { does: "never-ready" });
    while (rig.serving() !== undefined) await new Promise((resolve) => setTimeout(resolve, 5));
    await target.stop(signal);
    expect(pods()).toEqual([]);
  });
});

describe.each(["StatefulSet", "DaemonSet"] as const)("a %s with OnDelete", (kind) => {
  it("is changed by whoever deletes its pods, and waited for by nobody", async () => {
    await write(kind, { updateStrategy: { type: "OnDelete" } });
    await target.apply(IMAGES.one, options());
    await target.apply(IMAGES.two, options());
    expect(new Set(versions())).toEqual(new Set(["one"]));
  });
});

describe("a DaemonSet", () => {
  it("gets well by its settings alone, though the pods of before are beyond hope", async () => {
    rig.api.behaviours.set(`${IMAGES.one.digest} wrong`, { does: "crash" });
    await write("DaemonSet", {}, { args: ["wrong"] });
    await failure(target.apply(IMAGES.one, options()));
    await write("DaemonSet", {}, { args: ["right"] });
    await target.apply(IMAGES.one, options());
    expect(pods().map((pod) => pod["spec"].containers[0].args)).toEqual([["right"], ["right"]]);
  });

  it("is planned without the server's own counter of its changes", async () => {
    await write("DaemonSet");
    await target.apply(IMAGES.one, options());
    expect(await target.plan(IMAGES.two, signal)).toEqual([
      {
        service: "web",
        does: "update",
        from: IMAGES.one.digest,
        note: "metadata.annotations.seaworthy.dev/version, spec.template.spec.containers[app].image",
      },
    ]);
  });

  it("may not be made where a quota is exceeded, which is told once", async () => {
    await write("DaemonSet");
    const { reports } = await failure(rig.open({ within: 1_500 }).apply(IMAGES.denied, options()));
    expect(reports[0]!.problem).toMatch(
      /^not ready after .*; FailedCreate: [^;]*exceeded quota: compute[^;]*$/,
    );
  });
});

describe("a Deployment", () => {
  it("goes back from what exceeded its deadline, while what it goes back to has to start", async () => {
    const spec = { replicas: 1, progressDeadlineSeconds: 1 };
    await write("Deployment", spec);
    await target.apply(IMAGES.one, options());
    const { message } = await failure(target.apply(IMAGES.deaf, options()));
    expect(message).toContain("has timed out progressing");
    // Its node was drained meanwhile.
    const one = pods().find((pod) => pod["spec"].containers[0].image.endsWith(IMAGES.one.digest));
    rig.api.store.remove("Pod", rig.api.namespace, one!["metadata"].name);
    await target.revert(options());
    expect(rig.serving()).toBe("one");
  });

  it("says once what kept its pods from being made", async () => {
    const { reports } = await failure(rig.open({ within: 1_500 }).apply(IMAGES.denied, options()));
    expect(reports[0]!.problem.match(/exceeded quota/g)).toHaveLength(1);
  });
});

describe.each(WORKLOADS)("a %s", (kind) => {
  it("is refused at once where the cluster does not know a field of it", async () => {
    await write(kind, {}, { imagePulPolicy: "Always" });
    await expect(target.apply(IMAGES.one, options())).rejects.toMatchObject({
      code: "refused",
      message: expect.stringContaining('[name="app"].imagePulPolicy: field not declared in schema') as string,
    });
    const asked = rig.api.requests.filter((each) => each.includes(`${kind.toLowerCase()}s/web?`));
    expect(asked).toHaveLength(1);
  });

  it("loses a probe that the manifest no longer has, with what the server had filled in", async () => {
    await write(kind, {}, { readinessProbe: { httpGet: { path: "/", port: 80 } } });
    await target.apply(IMAGES.one, options());
    const container = () => rig.api.store.get(kind, "shop", "web")?.["spec"].template.spec.containers[0];
    expect(container()).toMatchObject({ readinessProbe: { periodSeconds: 10 } });
    await write(kind);
    await target.apply(IMAGES.one, options());
    expect(container()).not.toHaveProperty("readinessProbe");
  });

  it("tells what it said at its end also where the node keeps no container before the last", async () => {
    rig.api.behaviours.set(IMAGES.crashing.digest, { does: "crash", log: ["no database"], forgets: true });
    await write(kind);
    const { reports } = await failure(target.apply(IMAGES.crashing, options()));
    expect(reports[0]!.output).toEqual(["no database"]);
  });
});

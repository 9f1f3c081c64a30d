import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ProgressEvent } from "@seaworthy/builder";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { failure, options } from "../../test/applying.ts";
import { IMAGES, NAME, type Rig, deployment, image, openRig, service } from "../../test/kubernetes/rig.ts";
import { Refusal } from "../../test/kubernetes/store.ts";
import { TOKEN } from "../../test/kubernetes/server.ts";
import type { Target } from "../target.ts";

let rig: Rig;
let target: Target;
beforeEach(async () => {
  rig = await openRig();
  target = rig.open();
});
afterEach(() => rig[Symbol.asyncDispose]());

const { signal } = new AbortController();
const live = (kind: string, name: string) => rig.api.store.get(kind, rig.api.namespace, name);
const edit = (kind: string, name: string, patch: object, who = "kubectl-edit") =>
  rig.api.store.merge(kind, rig.api.namespace, name, patch, who);
const configMap = (name: string, data: object = { a: "1" }): object => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name },
  data,
});
const autoscaler = (name: string): object => ({
  apiVersion: "autoscaling/v2",
  kind: "HorizontalPodAutoscaler",
  metadata: { name },
  spec: {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name },
    minReplicas: 3,
    maxReplicas: 9,
  },
});

describe("what is applied", () => {
  it("names the image by its digest wherever it stands, and no other image", async () => {
    const containers = [
      { name: "app", image: "shop:latest" },
      { name: "again", image: `${NAME}:v1@sha256:${"0".repeat(64)}` },
      { name: "proxy", image: "proxy:1" },
      { name: "other", image: "localhost:5000/shop" },
    ];
    const template = { metadata: { labels: { app: "web" } }, spec: { containers } };
    await rig.write(service("web"), deployment("web", { template }));
    await target.apply(IMAGES.one, options());
    const applied = `${NAME}@${IMAGES.one.digest}`;
    const images = live("Deployment", "web")?.["spec"].template.spec.containers.map(
      (each: { image: string }) => each.image,
    );
    expect(images).toEqual([applied, applied, "proxy:1", "localhost:5000/shop"]);
  });

  it("goes by server-side apply as our own field manager, after a dry run of all of it", async () => {
    await target.apply(IMAGES.one, options());
    const patches = rig.api.requests.filter(
      (each) => each.startsWith("PATCH") && each.includes("deployments"),
    );
    expect(patches).toEqual([
      "PATCH /apis/apps/v1/namespaces/shop/deployments/web?fieldManager=seaworthy&force=true&dryRun=All application/apply-patch+yaml",
      "PATCH /apis/apps/v1/namespaces/shop/deployments/web?fieldManager=seaworthy&force=false application/apply-patch+yaml",
    ]);
    expect(live("Deployment", "web")?.["metadata"]).toMatchObject({
      labels: { "app.kubernetes.io/managed-by": "seaworthy", "seaworthy.dev/environment": "staging" },
      annotations: { "seaworthy.dev/version": "one" },
    });
  });

  it("loses the fields that the manifest no longer has, and keeps those of others", async () => {
    await rig.write(
      service("web"),
      deployment("web", { minReadySeconds: 0, paused: false }, { args: ["a"] }),
    );
    await target.apply(IMAGES.one, options());
    edit("Deployment", "web", { metadata: { annotations: { note: "theirs" } } });
    await rig.write(service("web"), deployment("web"));
    await target.apply(IMAGES.two, options());
    expect(live("Deployment", "web")?.["spec"]).not.toHaveProperty("paused");
    expect(live("Deployment", "web")?.["spec"].template.spec.containers[0]).not.toHaveProperty("args");
    expect(live("Deployment", "web")?.["metadata"].annotations).toMatchObject({ note: "theirs" });
  });

  it("takes over what was edited by hand, and says from whom", async () => {
    await target.apply(IMAGES.one, options());
    edit("Deployment", "web", { spec: { replicas: 7 } });
    const warnings: string[] = [];
    const progress = (event: ProgressEvent): void => {
      if (event.type === "warning") warnings.push(event.message);
    };
    await target.apply(IMAGES.two, options({ progress }));
    expect(live("Deployment", "web")?.["spec"].replicas).toBe(2);
    expect(warnings).toEqual(["test/shop: Deployment web: took over .spec.replicas of kubectl-edit"]);
  });

  it("leaves the number of replicas to an autoscaler", async () => {
    await rig.write(service("web"), deployment("web", { replicas: undefined }), autoscaler("web"));
    await target.apply(IMAGES.one, options());
    expect(live("Deployment", "web")?.["spec"].replicas).toBe(3);
    await target.apply(IMAGES.two, options());
    expect(live("Deployment", "web")?.["spec"].replicas).toBe(3);
    edit("Deployment", "web", { spec: { replicas: 5 } }, "kube-controller-manager");
    expect((await target.status(signal)).drift).toEqual([]);
    await target.apply(IMAGES.one, options());
    expect(live("Deployment", "web")?.["spec"].replicas).toBe(5);
    await target.stop(signal);
    expect(live("Deployment", "web")?.["spec"].replicas).toBe(0);
    await target.apply(IMAGES.one, options());
    expect(live("Deployment", "web")?.["spec"].replicas).toBe(3);
  });
});

describe("before anything changes it refuses", () => {
  const untouched = (): void => {
    expect(rig.api.store.all("Deployment", rig.api.namespace)).toEqual([]);
    expect(rig.api.store.all("Secret", rig.api.namespace)).toEqual([]);
  };

  it("manifests without the image", async () => {
    await rig.write(deployment("web", {}, { image: "proxy:1" }));
    await expect(target.apply(IMAGES.one, options())).rejects.toMatchObject({
      code: "refused",
      message: expect.stringContaining(`no container has the image ${NAME} or shop, found proxy`) as string,
    });
    untouched();
  });

  it("what the server would refuse", async () => {
    await rig.write(service("web"), deployment("web", { selector: { matchLabels: { app: "no" } } }));
    await expect(target.apply(IMAGES.one, options())).rejects.toMatchObject({
      code: "refused",
      message: expect.stringMatching(/Deployment web: PATCH .*: 422 Invalid: .*selector/) as string,
    });
    untouched();
  });

  it("kinds that the cluster does not know", async () => {
    const made = { apiVersion: "example.com/v1", kind: "Tea", metadata: { name: "t" } };
    await rig.write(deployment("web"), made);
    await expect(target.apply(IMAGES.one, options())).rejects.toMatchObject({
      code: "refused",
      message: "Tea example.com/v1: the cluster does not know this kind",
    });
    untouched();
  });

  it("another namespace", async () => {
    await rig.write(deployment("web"), { ...service("web"), metadata: { name: "web", namespace: "other" } });
    await expect(target.apply(IMAGES.one, options())).rejects.toThrow(
      "Service web is in namespace other, expected shop",
    );
    untouched();
  });

  it("what another environment has", async () => {
    await rig.open({ environment: "production" }).apply(IMAGES.one, options());
    await expect(target.apply(IMAGES.two, options())).rejects.toThrow(
      /(?:Service|Deployment) web belongs to environment production, not staging/,
    );
    expect(rig.serving()).toBe("one");
  });
});

describe("what did not become healthy", () => {
  it.each([
    [
      "crashing",
      /^CrashLoopBackOff: container app ended with exit 1, restarted \d+ times \(2 of 2 pods\)/,
      ["no database"],
    ],
    [
      "hungry",
      /^CrashLoopBackOff: container app was OOMKilled: it took more memory than its limit \(exit 137\)/,
      ["allocating"],
    ],
    ["missing", /^(?:ImagePullBackOff|ErrImagePull): container app: .*: not found/, []],
    [
      "deaf",
      /^not ready after \d+\.\d s; NotReady: container app runs since .*; Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 503$/,
      ["waiting for the model"],
    ],
    [
      "homeless",
      /^not ready after \d+\.\d s; Unschedulable: 0\/2 nodes are available: 2 Insufficient memory\./,
      [],
    ],
    ["denied", /^not ready after \d+\.\d s; 0 of 2 updated, 0 ready; .*exceeded quota: compute/, []],
  ] as const)("says so of one that is %s", async (name, problem, output) => {
    await target.apply(IMAGES.one, options());
    const { reports } = await failure(
      rig
        .open({ within: ["deaf", "homeless", "denied"].includes(name) ? 400 : 15_000 })
        .apply(IMAGES[name], options()),
    );
    expect(reports).toEqual([{ service: "web", problem: expect.stringMatching(problem) as string, output }]);
    expect(rig.serving()).toBe("one");
    await target.revert(options());
    expect(rig.serving()).toBe("one");
    expect((await target.status(signal)).drift).toEqual([]);
  });

  it("is also what restarts within its hold time", async () => {
    const { reports } = await failure(rig.open({ hold: 1_000 }).apply(IMAGES.shortLived, options()));
    expect(reports).toEqual([
      {
        service: "web",
        problem: expect.stringMatching(/^restarted within the 1 s that it must run/) as string,
        output: ["all is well"],
      },
    ]);
  });

  it("is told also where whoever called has set the limit", async () => {
    const work = rig
      .open({ within: 60_000 })
      .apply(IMAGES.deaf, options({ signal: AbortSignal.timeout(600) }));
    const { reports } = await failure(work);
    expect(reports).toEqual([
      {
        service: "web",
        problem: expect.stringMatching(/^not ready when its time was up; NotReady: /) as string,
        output: ["waiting for the model"],
      },
    ]);
  });

  it("is told for each service apart", async () => {
    await rig.write(deployment("api", {}, { image: "proxy" }), deployment("web"), deployment("worker"));
    const { reports } = await failure(rig.open({ within: 400 }).apply(IMAGES.deaf, options()));
    expect(reports.map((each) => each.service)).toEqual(["web", "worker"]);
  });
});

describe("what is no longer wanted", () => {
  it("goes once the new is healthy, and only what is ours", async () => {
    const claim = { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata: { name: "data" }, spec: {} };
    await rig.write(service("web"), deployment("web"), configMap("old"), deployment("worker"), claim);
    await rig.open({ environment: "production", manifests: await other() }).apply(IMAGES.one, options());
    await target.apply(IMAGES.one, options());
    rig.api.store.create(
      { ...configMap("theirs"), metadata: { name: "theirs", namespace: "shop" } },
      "kubectl",
    );
    await rig.write(service("web"), deployment("web"));
    expect((await target.plan(IMAGES.one, signal)).filter(({ does }) => does === "remove")).toEqual([
      { service: "worker", does: "remove" },
      { service: "ConfigMap old", does: "remove" },
    ]);
    await failure(target.apply(IMAGES.missing, options()));
    expect(live("ConfigMap", "old")).toBeDefined();
    await target.apply(IMAGES.one, options());
    expect(live("ConfigMap", "old")).toBeUndefined();
    expect(live("Deployment", "worker")).toBeUndefined();
    for (const [kind, name] of [
      ["PersistentVolumeClaim", "data"],
      ["ConfigMap", "theirs"],
      ["ConfigMap", "production"],
    ] as const) {
      expect(live(kind, name), name).toBeDefined();
    }
  });

  async function other(): Promise<string> {
    const path = join(rig.folder, "production.json");
    const items = [configMap("production"), deployment("production")];
    await writeFile(path, JSON.stringify({ apiVersion: "v1", kind: "List", items }));
    return path;
  }

  it("stays where we may not look for it, and that is said if there was some", async () => {
    await rig.write(service("web"), deployment("web"), configMap("old"));
    await target.apply(IMAGES.one, options());
    rig.api.intercept = ({ method, path }) =>
      method === "GET" && /\/(?:configmaps|ingresses)$/.test(path)
        ? new Refusal(403, "Forbidden", "no")
        : undefined;
    await rig.write(service("web"), deployment("web"));
    const warnings: string[] = [];
    await target.apply(
      IMAGES.two,
      options({ progress: (event) => void (event.type === "warning" && warnings.push(event.message)) }),
    );
    expect(warnings).toEqual(["test/shop: may not list ConfigMap: what is no longer wanted of it stays"]);
  });
});

describe("going back", () => {
  it("puts the manifests of then there, whatever they are now", async () => {
    await rig.write(service("web"), deployment("web", { replicas: 1 }, { args: ["old"] }), configMap("old"));
    await target.apply(IMAGES.one, options());
    await rig.write(service("web"), deployment("web", { replicas: 3 }));
    await target.apply(IMAGES.two, options());
    await rig.write();
    await target.apply(IMAGES.one, options({ as: "rollback" }));
    expect(live("Deployment", "web")?.["spec"]).toMatchObject({ replicas: 1 });
    expect(live("Deployment", "web")?.["spec"].template.spec.containers[0].args).toEqual(["old"]);
    expect(live("ConfigMap", "old")).toBeDefined();
    expect((await target.status(signal)).drift).toEqual([]);
  });

  it("makes again what a failed deployment has never touched but somebody has", async () => {
    await target.apply(IMAGES.one, options());
    await failure(target.apply(IMAGES.crashing, options()));
    rig.api.store.remove("Service", "shop", "web");
    await target.revert(options());
    expect(rig.serving()).toBe("one");
  });
});

it("stops also what runs by the clock", async () => {
  const jobTemplate = { spec: { template: { spec: { containers: [{ name: "app", image: "shop" }] } } } };
  const job = {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: "nightly" },
    spec: { schedule: "0 0 * * *", jobTemplate },
  };
  await rig.write(service("web"), deployment("web"), job);
  await target.apply(IMAGES.one, options());
  expect(live("CronJob", "nightly")?.["spec"].jobTemplate.spec.template.spec.containers[0].image).toContain(
    IMAGES.one.digest,
  );
  await target.stop(signal);
  expect(live("CronJob", "nightly")?.["spec"].suspend).toBe(true);
  expect(live("Deployment", "web")?.["spec"].replicas).toBe(0);
  expect(live("Service", "web")).toBeDefined();
  await target.apply(IMAGES.one, options());
  expect(live("CronJob", "nightly")?.["spec"]).not.toHaveProperty("suspend");
});

describe("status", () => {
  it("names what differs from what was applied, in the server's own eyes", async () => {
    const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "key" }, data: { token: "b2xk" } };
    const resources = { limits: { cpu: "1000m" } };
    await rig.write(service("web"), deployment("web", {}, { resources }), configMap("settings"), secret);
    await target.apply(IMAGES.one, options());
    expect((await target.status(signal)).drift).toEqual([]);
    edit("Deployment", "web", { spec: { replicas: 1 } });
    const containers = [{ name: "app", image: `${NAME}:latest`, resources }];
    edit("Deployment", "web", { spec: { template: { spec: { containers } } } });
    edit("Secret", "key", { data: { token: "bmV3" } });
    rig.api.store.remove("ConfigMap", "shop", "settings");
    const { drift } = await target.status(signal);
    expect(drift).toEqual([
      "Secret key: data.token differs",
      "ConfigMap settings is missing",
      "Deployment web: spec.replicas is 1, applied was 2",
      `Deployment web: spec.template.spec.containers[app].image is ${NAME}:latest, applied was ${NAME}@${IMAGES.one.digest}`,
    ]);
    expect(drift.join("")).not.toMatch(/b2xk|bmV3/);
  });

  it("tells services apart that start, fail and are stopped", async () => {
    rig.api.behaviours.set(IMAGES.two.digest, { does: "never-ready" });
    const aborted = new AbortController();
    const states: (string | undefined)[] = [];
    const work = target.apply(IMAGES.two, options({ signal: aborted.signal }));
    work.catch(() => undefined);
    while (states.at(-1) === undefined) states.push((await rig.open().status(signal)).services[0]?.state);
    aborted.abort(new Error("enough"));
    await expect(work).rejects.toThrow("enough");
    expect(states.at(-1)).toBe("starting");
    await failure(target.apply(IMAGES.crashing, options()));
    expect((await target.status(signal)).services).toMatchObject([
      {
        state: "unhealthy",
        problem: expect.stringContaining("CrashLoopBackOff") as string,
        digest: IMAGES.crashing.digest,
      },
    ]);
    await target.stop(signal);
    expect((await target.status(signal)).services).toMatchObject([{ state: "stopped" }]);
  });

  it("keeps ten versions", async () => {
    rig.api.behaviours.clear();
    const short = rig.open({ hold: 0 });
    for (const [index, fill] of "0123456789ab".split("").entries())
      await short.apply(image(`v${index}`, fill), options());
    const { good } = await short.status(signal);
    expect(good.map(({ image: { version } }) => version)).toEqual([
      "v11",
      "v10",
      "v9",
      "v8",
      "v7",
      "v6",
      "v5",
      "v4",
      "v3",
      "v2",
    ]);
  });

  it("keeps fewer where a Secret would grow too large, and refuses what never fits", async () => {
    rig.api.behaviours.clear();
    const noise = (bytes: number): object =>
      configMap("noise", {
        a: Array.from({ length: bytes / 32 }, () => crypto.randomUUID().replaceAll("-", "")).join(""),
      });
    const short = rig.open({ hold: 0 });
    for (const fill of ["1", "2", "3"]) {
      await rig.write(deployment("web"), noise(500_000));
      await short.apply(image(`v${fill}`, fill), options());
    }
    expect((await short.status(signal)).good.map(({ image: { version } }) => version)).toEqual(["v3", "v2"]);
    await rig.write(deployment("web"), noise(1_600_000));
    await expect(short.apply(image("v4", "4"), options())).rejects.toThrow("expected at most 900000");
    expect((await short.status(signal)).current?.image.version).toBe("v3");
  });

  it("says what to do about a state that is damaged", async () => {
    await target.apply(IMAGES.one, options());
    edit("Secret", "seaworthy-staging", { data: { state: "AAAA" } });
    await expect(target.status(signal)).rejects.toMatchObject({
      message: "Secret seaworthy-staging: cannot be unpacked",
      hint: expect.stringContaining("delete it") as string,
    });
  });
});

describe("the cluster", () => {
  it("tells the platforms of its nodes, where we may ask", async () => {
    expect(await target.platforms(signal)).toEqual(["linux/amd64", "linux/arm64"]);
    rig.api.store.merge("Node", undefined, "node-arm64", { spec: { unschedulable: true } }, "kubectl");
    expect(await target.platforms(signal)).toEqual(["linux/amd64"]);
    rig.api.intercept = ({ path }) =>
      path.endsWith("/nodes") ? new Refusal(403, "Forbidden", "no") : undefined;
    expect(await target.platforms(signal)).toEqual([]);
  });

  it("may fail now and then", async () => {
    let count = 0;
    rig.api.intercept = ({ method }) => {
      if (method === "POST" || ++count % 7 !== 0) return undefined;
      return count % 2 === 0 ? "drop" : new Refusal(503, "ServiceUnavailable", "later");
    };
    await target.apply(IMAGES.one, options());
    expect(rig.serving()).toBe("one");
    expect(count).toBeGreaterThan(20);
  });

  it("is asked in pages", async () => {
    for (let index = 0; index < 600; index++) {
      rig.api.store.create(
        {
          ...configMap(`c${index}`),
          metadata: {
            name: `c${index}`,
            namespace: "shop",
            labels: { "app.kubernetes.io/managed-by": "seaworthy", "seaworthy.dev/environment": "staging" },
          },
        },
        "seaworthy",
      );
    }
    const plan = await target.plan(IMAGES.one, signal);
    expect(plan.filter(({ does }) => does === "remove")).toHaveLength(600);
  });

  it("refuses an account without saying how it was asked", async () => {
    await writeFile(
      join(rig.folder, "kubeconfig"),
      rig.api.kubeconfig.replace(TOKEN, "wrong-token-0123456789"),
    );
    const error: unknown = await rig
      .open()
      .status(signal)
      .catch((cause: unknown) => cause);
    expect(error).toMatchObject({
      message: "GET /api/v1: 401 Unauthorized: Unauthorized",
      hint: expect.stringContaining("log in") as string,
    });
    expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain("wrong-token");
  });

  it("is not waited for where it never answers", async () => {
    rig.api.intercept = () => "hang";
    const soon = AbortSignal.timeout(100);
    await expect(target.status(soon)).rejects.toThrow(/abort|timeout/i);
  });

  it("is not there", async () => {
    await writeFile(
      join(rig.folder, "kubeconfig"),
      rig.api.kubeconfig.replace(rig.api.url, "https://none.invalid"),
    );
    await expect(rig.open().status(signal)).rejects.toMatchObject({
      code: "target",
      message: expect.stringContaining("no such host") as string,
    });
  });

  it("lacks the namespace", async () => {
    const lost = rig.open({ namespace: "nowhere" });
    await expect(
      lost.exclusively(() => Promise.resolve(), { who: "ada", wait: false, signal }),
    ).rejects.toMatchObject({
      message: "test/nowhere: the namespace is not there",
      hint: expect.stringContaining("create it") as string,
    });
  });
});

describe("logs", () => {
  it("move no terminal", async () => {
    const log = ["\u001b[2J\u001b]0;mine\u0007red \u001b[31mx\u001b[0m\ty\u0008\u009bz"];
    rig.api.behaviours.set(IMAGES.one.digest, { does: "crash", log });
    const { reports } = await failure(target.apply(IMAGES.one, options()));
    const [line = ""] = reports[0]!.output;
    expect(line).toContain("red x\ty");
    expect(line).not.toMatch(/[^\P{Cc}\t]/u);
  });

  it("are of one service, as many lines as wanted", async () => {
    await rig.write(
      service("web"),
      deployment("web", { replicas: 1 }),
      deployment("worker", { replicas: 1 }),
    );
    await target.apply(IMAGES.one, options());
    const lines = [];
    for await (const line of target.logs({ service: "worker", lines: 1, follow: false, signal }))
      lines.push(line);
    expect(lines).toEqual([{ service: "worker", text: "version one is up" }]);
    const none = target.logs({ service: "no", lines: 1, follow: false, signal });
    await expect(none[Symbol.asyncIterator]().next()).rejects.toThrow("no service no, found web, worker");
  });

  it("go on where a connection was cut, without saying again what was said", async () => {
    await rig.write(service("web"), deployment("web", { replicas: 1 }));
    await target.apply(IMAGES.one, options());
    let cut = 0;
    rig.api.intercept = ({ path }) => (path.endsWith("/log") && cut++ === 0 ? "drop" : undefined);
    const enough = new AbortController();
    const texts: string[] = [];
    const asked = (): boolean => rig.api.requests.filter((each) => each.includes("/log?")).length > 1;
    const stopping = (async () => {
      while (!asked()) await new Promise((resolve) => setTimeout(resolve, 20));
      enough.abort();
    })();
    for await (const { text } of target.logs({ lines: 10, follow: true, signal: enough.signal }))
      texts.push(text);
    await stopping;
    expect(texts).toEqual([expect.stringMatching(/the connection was lost; trying again\)$/)]);
    expect(rig.api.requests.filter((each) => each.includes("tailLines=0"))).toHaveLength(1);
  });

  it("go on until nobody listens", async () => {
    await target.apply(IMAGES.one, options());
    const enough = new AbortController();
    const texts: string[] = [];
    for await (const { text } of target.logs({ lines: 10, follow: true, signal: enough.signal })) {
      texts.push(text);
      if (texts.length === 4) enough.abort();
    }
    expect(texts.filter((text) => text === "version one is up")).toHaveLength(2);
    for await (const { text } of target.logs({ lines: 10, follow: true, signal })) if (text !== "") break;
  });
});

it("prints nothing of a kubeconfig that is none", async () => {
  await writeFile(join(rig.folder, "kubeconfig"), `token: ${TOKEN}\n: [`);
  expect(() => rig.open()).toThrow(/expected a kubeconfig, found no YAML$/);
  await writeFile(join(rig.folder, "kubeconfig"), rig.api.kubeconfig);
  expect(() => rig.open({ context: "no" })).toThrow('no context "no", found test');
  expect(await readFile(join(rig.folder, "kubeconfig"), "utf8")).toContain(TOKEN);
});

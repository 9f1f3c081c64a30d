import { OciError, memoryStore } from "@seaworthy/oci";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { putImage, putIndex } from "../../../release/test/stored-image.ts";
import { NAME, type Rig, openRig } from "../../test/kubernetes/rig.ts";
import { type DeployRequest, type DeployTools, deploy } from "../deploy.ts";
import type { DeployedImage } from "../target.ts";
import { FailedDeployment } from "../go-back.ts";

const { signal } = new AbortController();
const store = memoryStore();

let rig: Rig;
beforeEach(async () => {
  rig = await openRig();
});
afterEach(() => rig[Symbol.asyncDispose]());

async function publish(version: string, architectures = ["amd64", "arm64"]): Promise<DeployedImage> {
  const images = architectures.map((architecture) =>
    putImage(store, { architecture, config: { Env: [`VERSION=${version}`] } }),
  );
  const { digest } = await putIndex(store, await Promise.all(images));
  return { name: NAME, digest, version };
}

const request = (image: DeployedImage, more: Partial<DeployRequest> = {}): DeployRequest => ({
  image,
  by: "deploy",
  who: "ada",
  wait: false,
  noWayBack: false,
  ...more,
});
const environment = (within = 20_000) => ({
  name: "staging",
  target: rig.open(),
  within,
  backWithin: 20_000,
});
const tools = (more: Partial<DeployTools> = {}): DeployTools => ({
  repository: store,
  progress: () => undefined,
  signal,
  ...more,
});
const running = () =>
  rig.api.store.get("Deployment", "shop", "web")?.["spec"].template.spec.containers[0].image;

describe("deploying to a cluster", () => {
  it("leaves the old version serving where the new one fails, and says why", async () => {
    const [good, bad] = [await publish("good"), await publish("bad")];
    rig.api.behaviours.set(bad.digest, { does: "crash", log: ["cannot read settings"] });
    await deploy(request(good), environment(), tools());
    const error: unknown = await deploy(request(bad), environment(), tools()).catch(
      (cause: unknown) => cause,
    );
    expect(error).toBeInstanceOf(FailedDeployment);
    expect((error as Error).message).toMatch(
      /CrashLoopBackOff[\s\S]*\| cannot read settings\ngood serves again$/,
    );
    expect(running()).toBe(`${NAME}@${good.digest}`);
  });

  it("says what was not ready when the environment's time was over", async () => {
    const [good, deaf] = [await publish("good"), await publish("deaf")];
    rig.api.behaviours.set(deaf.digest, { does: "never-ready", log: ["waiting for the model"] });
    await deploy(request(good), environment(), tools());
    const target = rig.open({ within: 3_000 });
    await expect(deploy(request(deaf), { ...environment(3_000), target }, tools())).rejects.toMatchObject({
      message: expect.stringMatching(
        /not ready after \d\.\d s; NotReady[\s\S]*waiting for the model\ngood serves again$/,
      ) as string,
    });
  });

  it("refuses an image that the nodes cannot run, before anything changes", async () => {
    const image = await publish("half", ["amd64"]);
    await expect(deploy(request(image), environment(), tools())).rejects.toThrow("platform linux/arm64");
    expect(running()).toBeUndefined();
  });

  it("goes on where it was interrupted, whoever runs it again", async () => {
    const [good, next] = [await publish("good"), await publish("next")];
    await deploy(request(good), environment(), tools());
    const killed = new AbortController();
    const progress = ({ type, ...event }: { readonly type: string }): void => {
      if (type === "start" && "id" in event && event.id === "kubernetes:web")
        killed.abort(new Error("killed"));
    };
    await expect(
      deploy(request(next), environment(), tools({ progress, signal: killed.signal })),
    ).rejects.toThrow("killed");
    expect((await rig.open().status(signal)).pending).toEqual(next);
    await deploy(request(next, { who: "bob" }), environment(), tools());
    expect((await rig.open().status(signal)).current).toMatchObject({ image: next, who: "bob" });
  });

  it("rolls back while no registry answers", async () => {
    const [good, next] = [await publish("good"), await publish("next")];
    await deploy(request(good), environment(), tools());
    await deploy(request(next), environment(), tools());
    const resolve = () => Promise.reject(new OciError("network", "registry.example: connection refused"));
    const repository = new Proxy(store, { get: (_, key) => (key === "resolve" ? resolve : undefined) });
    await expect(deploy(request(good), environment(), tools({ repository }))).rejects.toThrow(
      "connection refused",
    );
    await deploy(request(good, { by: "rollback" }), environment(), tools({ repository }));
    expect(running()).toBe(`${NAME}@${good.digest}`);
  });

  it("changes nothing where it runs already", async () => {
    const good = await publish("good");
    await deploy(request(good), environment(), tools());
    const before = rig.api.store.version;
    expect(await deploy(request(good), environment(), tools())).toMatchObject({ changed: false });
    // The lock was taken and given back.
    expect(Number(rig.api.store.version) - Number(before)).toBe(2);
  });
});

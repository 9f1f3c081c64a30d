import { OciError, type Repository, digestOf, memoryStore, readIndex, readManifest } from "@seaworthy/oci";
import { beforeEach, describe, expect, it } from "vitest";
import { putImage, putIndex } from "../../release/test/stored-image.ts";
import { type MemoryTarget, memoryTarget } from "../test/memory-target.ts";
import { type DeployRequest, type DeployTools, deploy } from "./deploy.ts";
import type { Environment } from "./environment.ts";
import { DeployError } from "./error.ts";
import type { DeployedImage } from "./target.ts";
import { UnhealthyError } from "./unhealthy.ts";

const NAME = "registry.example/acme/web";

let repository: Repository;
let target: MemoryTarget;
let environment: Environment;
let one: DeployedImage;
let two: DeployedImage;
beforeEach(async () => {
  repository = memoryStore();
  target = memoryTarget();
  environment = { name: "staging", target, within: 5_000, backWithin: 200 };
  one = await put("one");
  two = await put("two");
});

async function put(version: string): Promise<DeployedImage> {
  const index = await putIndex(repository, [await putImage(repository, { annotations: { version } })]);
  return { name: NAME, digest: index.digest, version };
}

const request = (image: DeployedImage, more: Partial<DeployRequest> = {}): DeployRequest => ({
  image,
  by: "deploy",
  who: "ada",
  wait: false,
  noWayBack: false,
  ...more,
});

function run(image: DeployedImage, more: Partial<DeployRequest> = {}, tools: Partial<DeployTools> = {}) {
  const { signal } = new AbortController();
  return deploy(request(image, more), environment, {
    repository,
    progress: () => undefined,
    signal,
    ...tools,
  });
}

describe("a digest that is deployed", () => {
  it("is there", async () => {
    const absent = { ...one, digest: digestOf(Buffer.from("nobody")) };
    await expect(run(absent)).rejects.toMatchObject({ code: "nothing-there" });
    expect(target.told).toEqual([]);
  });

  it("is for every kind of machine that the target has", async () => {
    target.runs = ["linux/amd64", "linux/arm64"];
    await expect(run(one)).rejects.toMatchObject({
      code: "refused",
      message:
        "one may not go to memory\n  platform linux/arm64: the target has such machines, the image is for linux/amd64",
    });
    expect(target.told).toEqual([]);
  });

  it("is whole", async () => {
    const index = (await repository.resolve(one.digest))!;
    const [manifest] = (await readIndex(repository, index)).manifests;
    const { layers } = await readManifest(repository, manifest!);
    await repository.delete(layers[0]!);
    await expect(run(one)).rejects.toThrow("platform linux/amd64: 1 of its 2 blobs are gone");
    await repository.delete(manifest!);
    await expect(run(one)).rejects.toThrow("platform linux/amd64: its manifest is gone");
    expect(target.told).toEqual([]);
  });

  it("is let through by the policy", async () => {
    const decide = () => Promise.resolve(["signature of image: found none, expected key cosign.pub"]);
    await expect(run(one, {}, { decide })).rejects.toMatchObject({
      code: "refused",
      message: "one may not go to memory\n  signature of image: found none, expected key cosign.pub",
    });
    expect(target.told).toEqual([]);
  });

  it("P6: takes the place of one that is there to go back to, unless somebody does without", async () => {
    await run(one);
    await repository.delete((await repository.resolve(one.digest))!);
    const refused = run(two);
    await expect(refused).rejects.toMatchObject({ code: "refused" });
    await expect(refused).rejects.toThrow(/one \(sha256:.*\) must be there to go back to/);
    target.held = true;
    expect(await run(two)).toMatchObject({ changed: true });
    target.held = false;
    await repository.delete((await repository.resolve(two.digest))!);
    expect(await run(await put("three"), { noWayBack: true })).toMatchObject({ changed: true });
  });
});

describe("a deployment", () => {
  it("says what it replaced, and does nothing where it is done", async () => {
    expect(await run(one)).toMatchObject({ image: one, changed: true });
    expect(await run(two)).toMatchObject({ image: two, replaced: one, changed: true });
    expect(await run(two)).toMatchObject({ image: two, changed: false });
    expect(target.told).toEqual(["apply one as deploy", "apply two as deploy"]);
  });

  it("is done again where the one before did not come to its end", async () => {
    await run(one);
    target.state = { ...target.state, pending: two };
    expect(await run(one)).toMatchObject({ changed: true });
  });

  it("P7: goes back where it fails, and tells both", async () => {
    await run(one);
    const report = { service: "web", problem: "ended with exit code 3", output: ["no database"] };
    target.onApply = () => Promise.reject(new UnhealthyError("memory", [report]));
    const failed = run(two);
    await expect(failed).rejects.toMatchObject({
      code: "unhealthy",
      message:
        "memory: 1 service did not become healthy\n  web: ended with exit code 3\n    | no database\none serves again",
      reports: [report],
    });
    expect(target.told.slice(1)).toEqual(["apply two as deploy", "revert"]);
  });

  it("has a time, and what the services said by then is the reason", async () => {
    environment = { ...environment, within: 50 };
    target.onApply = (_, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason as Error));
      });
    await expect(run(one)).rejects.toMatchObject({
      code: "unhealthy",
      message: expect.stringMatching(
        /^memory: 1 service .*\n {2}web: starting after 0.05 s\n {4}\| cannot reach the database\nnothing ran there before/,
      ) as unknown,
    });
  });

  it("says so where going back fails too, in a time of its own", async () => {
    await run(one);
    target.onApply = () => Promise.reject(new DeployError("target", "memory: gone"));
    target.onRevert = (signal) =>
      new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
    await expect(run(two)).rejects.toMatchObject({
      code: "target",
      message: expect.stringMatching(
        /^memory: gone\nand what ran before \(one\) could not be put back within 0\.2 s/,
      ),
      hint: "look at it now: seaworthy status staging; then seaworthy rollback staging",
    });
  });

  it("is left as it is where somebody interrupts it", async () => {
    await run(one);
    const interrupted = new AbortController();
    target.onApply = (_, { signal }) => {
      interrupted.abort();
      return Promise.reject(signal.reason as Error);
    };
    await expect(run(two, {}, { signal: interrupted.signal })).rejects.toThrow(/abort/i);
    expect(target.told).not.toContain("revert");
    expect(target.state.pending).toEqual(two);
  });
});

describe("a rollback", () => {
  const down = (): Promise<never> => Promise.reject(new OciError("network", "registry.example: refused"));

  it("P7: needs neither registry nor policy for what ran well there", async () => {
    await run(one);
    await run(two);
    const dark: Repository = { ...repository, resolve: down, has: down, open: down };
    const decide = () => Promise.resolve(["scan of image: too old"]);
    await run(one, { by: "rollback" }, { repository: dark, decide });
    expect(target.told.at(-1)).toBe("apply one as rollback");
  });

  it("is refused where neither has it any more", async () => {
    await run(one);
    await run(two);
    await repository.delete((await repository.resolve(one.digest))!);
    target.held = false;
    await expect(run(one, { by: "rollback" })).rejects.toMatchObject({ code: "refused" });
  });

  it("to what never ran there is a deployment like any other", async () => {
    await run(one);
    const decide = () => Promise.resolve(["nobody signed it"]);
    await expect(run(two, { by: "rollback" }, { decide })).rejects.toMatchObject({ code: "refused" });
  });
});

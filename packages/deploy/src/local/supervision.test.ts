import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LocalRig, openLocalRig } from "../../test/local-rig.ts";
import type { ServiceStatus } from "../target.ts";

const { signal } = new AbortController();
const options = { who: "ada", as: "deploy" as const, progress: () => undefined, signal };

describe.skipIf(process.getuid?.() !== 0)("a local environment that is kept up", () => {
  let rig: LocalRig;
  beforeEach(async () => {
    rig = await openLocalRig();
    await rig.open().apply(rig.images.one, options);
  });
  afterEach(() => rig[Symbol.asyncDispose]());

  const web = async (): Promise<ServiceStatus | undefined> =>
    (await rig.open().status(signal)).services.find(({ name }) => name === "web");
  const until = async (holds: () => Promise<boolean>): Promise<void> => {
    for (let tries = 0; !(await holds()); tries += 1) {
      if (tries > 200) throw new Error("it did not come to that");
      await wait(50);
    }
  };

  it("starts a service again that ends by itself, and counts", async () => {
    await fetch(`http://127.0.0.1:${rig.port}/end`).catch(() => undefined);
    await until(async () => (await web())?.restarts === 1 && (await web())?.state === "healthy");
    expect(await rig.serving()).toBe("one");
  });

  it("lets nothing behind when its supervisor is killed, says so, and comes back with the next deployment", async () => {
    const before = rig.processes();
    expect(before.length).toBeGreaterThan(0);
    await rig.kill();
    await until(() => Promise.resolve(rig.processes().length === 0));
    expect(await rig.serving()).toBeUndefined();
    expect(await web()).toMatchObject({ state: "stopped" });
    expect((await rig.open().status(signal)).current?.image).toEqual(rig.images.one);
    await rig.open().apply(rig.images.one, options);
    expect(await rig.serving()).toBe("one");
  });

  it("has no supervisor where nothing came of the first deployment", async () => {
    expect(rig.supervisors()).toBe(1);
    await using other = await openLocalRig();
    const target = other.open();
    await expect(target.apply(other.images.crashing, options)).rejects.toMatchObject({ code: "unhealthy" });
    expect(other.supervisors()).toBe(1);
    await target.revert(options);
    await until(() => Promise.resolve(other.supervisors() === 0));
    await target.apply(other.images.one, options);
    expect(await other.serving()).toBe("one");
  });

  it("gives services names for each other", async () => {
    const answer = await fetch(`http://127.0.0.1:${rig.port}/hosts`);
    const hosts = await answer.text();
    expect(hosts).toMatch(/^127\.\d+\.\d+\.\d+\s+worker$/m);
    const [, address = ""] = /^(127\.\S+)\s+worker$/m.exec(hosts) ?? [];
    expect(await (await fetch(`http://${address}:8000/`)).text()).toBe("one");
  });

  it("keeps what it prints where the state is", () => {
    expect(readFileSync(`${rig.folder}/logs/web.log`, "utf8")).toContain("version one is up");
  });
});

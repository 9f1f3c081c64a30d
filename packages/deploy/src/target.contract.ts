import { setTimeout as wait } from "node:timers/promises";
import type { ProgressEvent } from "@seaworthy/builder";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { options } from "../test/applying.ts";
import type { DeployedImage, Target } from "./target.ts";
import { UnhealthyError } from "./unhealthy.ts";

/** A target with nothing on it, and images for it that a registry has. */
export interface TargetRig extends AsyncDisposable {
  /** The target as a process of its own would open it. */
  open(): Target;
  readonly images: {
    /** Two that are well; each prints `version NAME is up`. */
    readonly one: DeployedImage;
    readonly two: DeployedImage;
    /** Prints `no database` and ends. */
    readonly crashing: DeployedImage;
    /** Nobody has it. */
    readonly missing: DeployedImage;
  };
  /** Version of what answers; undefined where nobody does. */
  serving(): Promise<string | undefined>;
  /** From now on no registry answers. */
  cutOff(): Promise<void>;
}

/** Every target runs it; `name` may give a reason why one is not run here. */
export function targetContract(name: string, openRig: () => Promise<TargetRig>): void {
  describe(`target contract: ${name}`, () => {
    let rig: TargetRig;
    let target: Target;
    beforeEach(async () => {
      rig = await openRig();
      target = rig.open();
    });
    afterEach(() => rig[Symbol.asyncDispose]());

    const { signal } = new AbortController();
    const current = async () => (await rig.open().status(signal)).current?.image;

    it("knows nothing of what was never there", async () => {
      const status = await target.status(signal);
      expect(status).toMatchObject({ good: [], drift: [] });
      expect(status).not.toHaveProperty("current");
      expect(status).not.toHaveProperty("pending");
      expect(await rig.serving()).toBeUndefined();
    });

    it("runs an image, and says who did that and when", async () => {
      const events: ProgressEvent[] = [];
      await target.apply(rig.images.one, options({ progress: (event) => void events.push(event) }));
      expect(await rig.serving()).toBe("one");
      const { current: now, good, services, drift } = await target.status(signal);
      expect(now).toMatchObject({ image: rig.images.one, who: "ada" });
      expect(now?.at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      expect(good.map(({ image }) => image.version)).toEqual(["one"]);
      expect(services.length).toBeGreaterThan(0);
      for (const service of services) {
        expect(service).toMatchObject({ state: "healthy", digest: rig.images.one.digest, restarts: 0 });
      }
      expect(drift).toEqual([]);
      expect(events.some(({ type }) => type === "end")).toBe(true);
    });

    it("plans without touching anything", async () => {
      const does = async (image: DeployedImage) =>
        new Set((await target.plan(image, signal)).map((change) => change.does));
      expect(await does(rig.images.one)).toEqual(new Set(["create"]));
      expect(await rig.serving()).toBeUndefined();
      await target.apply(rig.images.one, options());
      expect(await does(rig.images.one)).toEqual(new Set(["keep"]));
      expect(await does(rig.images.two)).toEqual(new Set(["update"]));
      expect(await rig.serving()).toBe("one");
    });

    it("changes nothing where it runs already", async () => {
      await target.apply(rig.images.one, options());
      await target.apply(rig.images.one, options());
      expect(await rig.serving()).toBe("one");
      expect((await target.status(signal)).good).toHaveLength(1);
    });

    it("lets the next one take over, and keeps what it can go back to", async () => {
      await target.apply(rig.images.one, options());
      await target.apply(rig.images.two, options());
      expect(await rig.serving()).toBe("two");
      expect((await rig.open().status(signal)).good.map(({ image }) => image.version)).toEqual([
        "two",
        "one",
      ]);
    });

    it("says why an image does not become healthy, and goes back to what ran before", async () => {
      await target.apply(rig.images.one, options());
      const error: unknown = await target
        .apply(rig.images.crashing, options())
        .catch((cause: unknown) => cause);
      expect(error).toBeInstanceOf(UnhealthyError);
      const { reports, message } = error as UnhealthyError;
      expect(reports.flatMap(({ output }) => output).join("\n")).toContain("no database");
      expect(message).toContain(reports[0]!.service);
      expect((await target.status(signal)).pending).toEqual(rig.images.crashing);
      await target.revert(options());
      expect(await rig.serving()).toBe("one");
      const status = await rig.open().status(signal);
      expect(status.current?.image).toEqual(rig.images.one);
      expect(status).not.toHaveProperty("pending");
      expect(status.good.map(({ image }) => image.version)).toEqual(["one"]);
    });

    it("runs nothing after the first one has failed", async () => {
      await expect(target.apply(rig.images.crashing, options())).rejects.toMatchObject({ code: "unhealthy" });
      await target.revert(options());
      expect(await rig.serving()).toBeUndefined();
      expect(await target.status(signal)).not.toHaveProperty("current");
    });

    it("leaves what runs alone where nobody has the image", async () => {
      await target.apply(rig.images.one, options());
      await expect(target.apply(rig.images.missing, options())).rejects.toThrow(/./);
      await target.revert(options());
      expect(await rig.serving()).toBe("one");
      expect(await current()).toEqual(rig.images.one);
    });

    it("finishes what was interrupted when it is told again", async () => {
      await target.apply(rig.images.one, options());
      const interrupted = new AbortController();
      const progress = (): void => interrupted.abort();
      await expect(
        target.apply(rig.images.two, options({ signal: interrupted.signal, progress })),
      ).rejects.toThrow(/abort/i);
      expect(await rig.serving()).toMatch(/^(?:one|two)$/);
      await rig.open().apply(rig.images.two, options());
      expect(await rig.serving()).toBe("two");
      expect(await rig.open().status(signal)).not.toHaveProperty("pending");
    });

    it("goes back to what was interrupted upon", async () => {
      await target.apply(rig.images.one, options());
      const interrupted = new AbortController();
      const progress = (): void => interrupted.abort();
      await target
        .apply(rig.images.two, options({ signal: interrupted.signal, progress }))
        .catch(() => undefined);
      await rig.open().revert(options());
      expect(await rig.serving()).toBe("one");
      expect(await current()).toEqual(rig.images.one);
    });

    it("P7: rolls back to a version that it has while no registry answers", async () => {
      await target.apply(rig.images.one, options());
      await target.apply(rig.images.two, options());
      await rig.cutOff();
      expect(await rig.open().holds(rig.images.one, signal)).not.toBe(false);
      await rig.open().apply(rig.images.one, options({ as: "rollback" }));
      expect(await rig.serving()).toBe("one");
      expect((await target.status(signal)).good.map(({ image }) => image.version)).toEqual(["one", "two"]);
    });

    it("lets one deploy at a time: another is refused or waits", async () => {
      const order: string[] = [];
      const held = Promise.withResolvers<void>();
      const first = target.exclusively(() => held.promise, { who: "ada", wait: false, signal });
      await wait(200);
      const refused = rig.open().exclusively(() => Promise.resolve(), { who: "bob", wait: false, signal });
      await expect(refused).rejects.toMatchObject({ code: "locked" });
      const second = rig
        .open()
        .exclusively(() => Promise.resolve(void order.push("second")), { who: "bob", wait: true, signal });
      order.push("first ends");
      held.resolve();
      await Promise.all([first, second]);
      expect(order).toEqual(["first ends", "second"]);
    });

    it("is free again after work that failed", async () => {
      const lock = { who: "ada", wait: false, signal };
      await expect(target.exclusively(() => Promise.reject(new RangeError("no")), lock)).rejects.toThrow(
        "no",
      );
      expect(await rig.open().exclusively(() => Promise.resolve(7), lock)).toBe(7);
    });

    it("shows what services print", async () => {
      await target.apply(rig.images.one, options());
      const texts: string[] = [];
      for await (const { text } of target.logs({ lines: 50, follow: false, signal })) texts.push(text);
      expect(texts.join("\n")).toContain("version one is up");
    });

    it("ends what runs when it is stopped, and forgets nothing", async () => {
      await target.apply(rig.images.one, options());
      await target.stop(signal);
      expect(await rig.serving()).toBeUndefined();
      expect((await rig.open().status(signal)).good.map(({ image }) => image.version)).toEqual(["one"]);
      await rig.open().apply(rig.images.one, options());
      expect(await rig.serving()).toBe("one");
    });
  });
}

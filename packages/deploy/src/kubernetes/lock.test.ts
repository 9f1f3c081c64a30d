import { setTimeout as wait } from "node:timers/promises";
import { systemClock } from "@seaworthy/oci";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Rig, openRig } from "../../test/kubernetes/rig.ts";
import { ApiClient } from "./api/client.ts";
import { connect } from "./api/connection.ts";
import { findAccess } from "./api/kubeconfig.ts";
import { type LeaseTimes, withLease } from "./lock.ts";

const TIMES: LeaseTimes = { lasts: 1_000, renew: 100, retry: 50 };
const { signal } = new AbortController();

let rig: Rig;
let api: ApiClient;
beforeEach(async () => {
  rig = await openRig();
  const settings = { environment: "staging", manifests: "", kubeconfig: `${rig.folder}/kubeconfig` };
  const access = findAccess(settings, { env: {} });
  api = new ApiClient(await connect(access), access.namespace, systemClock);
});
afterEach(() => rig[Symbol.asyncDispose]());

const options = (more: object = {}) => ({
  api,
  environment: "staging",
  where: "test/shop",
  clock: systemClock,
  times: TIMES,
  who: "ada",
  wait: false,
  signal,
  ...more,
});
const lease = () => rig.api.store.get("Lease", "shop", "seaworthy-staging")!["spec"];
const micro = (ago: number): string => new Date(Date.now() - ago).toISOString().replace("Z", "000Z");
const take = (spec: object): void => {
  rig.api.store.merge("Lease", "shop", "seaworthy-staging", { spec }, "other");
};

describe("the lock of an environment", () => {
  it("is a lease that names its holder, renewed as long as the work goes on, and given back", async () => {
    const seen = await withLease(async () => {
      const first = lease();
      await wait(350);
      return [first, lease()];
    }, options());
    expect(seen[0]).toMatchObject({
      holderIdentity: expect.stringMatching(/^ada [\da-f-]{36}$/) as string,
      leaseDurationSeconds: 1,
      acquireTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/) as string,
    });
    expect(Date.parse(seen[1].renewTime)).toBeGreaterThan(Date.parse(seen[0].renewTime));
    expect(seen[1].acquireTime).toBe(seen[0].acquireTime);
    expect(lease()).not.toHaveProperty("holderIdentity");
  });

  it("names who has it, and since when, to others", async () => {
    await withLease(async () => {
      await expect(withLease(() => Promise.resolve(), options({ who: "bob" }))).rejects.toMatchObject({
        code: "locked",
        message: expect.stringMatching(
          /^test\/shop: ada deploys there since \d{4}-\d\d-\d\dT[\d:]{8}Z$/,
        ) as string,
      });
    }, options());
  });

  it("goes to the next where its holder is gone", async () => {
    await withLease(() => Promise.resolve(), options());
    take({ holderIdentity: "ghost 1", renewTime: micro(500), leaseDurationSeconds: 1 });
    await expect(withLease(() => Promise.resolve(), options())).rejects.toMatchObject({ code: "locked" });
    take({ renewTime: micro(1_500) });
    expect(await withLease(() => Promise.resolve(7), options())).toBe(7);
    expect(lease().leaseTransitions).toBe(2);
  });

  it("goes to one of those who wait for it", async () => {
    let inside = 0;
    const most: number[] = [];
    const work = async (): Promise<void> => {
      most.push(++inside);
      await wait(30);
      inside--;
    };
    await Promise.all(
      Array.from({ length: 5 }, (_, index) => withLease(work, options({ who: `w${index}`, wait: true }))),
    );
    expect(most).toEqual([1, 1, 1, 1, 1]);
  });

  it("ends the work where somebody else has taken it", async () => {
    const work = withLease(async (held) => {
      take({ holderIdentity: "bob 2", renewTime: micro(0) });
      await wait(5_000, undefined, { signal: held });
    }, options());
    await expect(work).rejects.toMatchObject({
      code: "locked",
      message: "test/shop: the lock was lost during the deployment",
    });
    expect(lease().holderIdentity).toBe("bob 2");
  });

  it("ends the work before it could expire where the server is away", async () => {
    const started = performance.now();
    const work = withLease(async (held) => {
      rig.api.intercept = () => "hang";
      await wait(5_000, undefined, { signal: held });
    }, options());
    await expect(work).rejects.toMatchObject({ code: "locked" });
    expect(performance.now() - started).toBeLessThan(1_500);
  });

  it("is kept where the answer to a renewal was lost", async () => {
    let lost = 0;
    const result = await withLease(async (held) => {
      // The server does it, and we do not hear of it.
      const before = rig.api.store.replace.bind(rig.api.store);
      rig.api.store.replace = (object, manager) => {
        before(object, manager);
        if (lost++ === 0) throw new Error("lost");
        return rig.api.store.get("Lease", "shop", "seaworthy-staging")!;
      };
      await wait(600, undefined, { signal: held });
      return "done";
    }, options());
    expect(result).toBe("done");
    expect(lost).toBeGreaterThan(1);
  });
});

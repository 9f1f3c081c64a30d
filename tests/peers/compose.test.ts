import type { ApplyOptions } from "@seaworthy/deploy";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ComposeBench, openComposeBench } from "./compose-bench.ts";
import { missing } from "./peers.ts";

const never = new AbortController().signal;
const options = (more: Partial<ApplyOptions> = {}): ApplyOptions => ({
  who: "tests",
  as: "deploy",
  progress: () => {},
  signal: never,
  ...more,
});

describe.skipIf(missing !== undefined)("Docker Compose as a target, with the real engine", () => {
  let bench: ComposeBench;

  beforeAll(async () => {
    bench = await openComposeBench("compose");
  });
  afterAll(() => bench[Symbol.asyncDispose]());
  beforeEach(() => bench.write(TWO));
  afterEach(() => bench.clear());

  const TWO = `
x-app: &app
  image: \${NAME:-example.com/acme/app}:latest
  environment: { PRICE: 5$$ }
  stop_grace_period: 1s
services:
  web: { <<: *app, restart: unless-stopped }
  worker: { <<: *app, restart: unless-stopped }
`;
  const own = { image: "example.com/acme/app" };

  it.each([
    ["sick", /worker: health check failed[^]*\| sick: cannot reach the model/],
    ["crashing", /crash loop, [5-9] restarts; ended with exit code 3[^]*\| no database/],
  ] as const)("puts back what ran when the next one is %s, and says why", async (behaviour, why) => {
    const target = bench.target(own);
    await target.apply(bench.image("one"), options());
    const failure = target.apply(bench.image(behaviour), options());
    await expect(failure).rejects.toThrow(why);
    await expect(failure).rejects.toMatchObject({ code: "unhealthy" });
    expect(await target.status(never)).toMatchObject({
      current: { image: bench.image("one") },
      pending: bench.image(behaviour),
    });
    await target.revert(options());
    const status = await target.status(never);
    expect(status).toMatchObject({ current: { image: bench.image("one") }, drift: [] });
    expect(status.services).toMatchObject([{ state: "healthy" }, { state: "healthy" }]);
    expect(status.services.map(({ digest }) => digest)).toEqual(Array(2).fill(bench.image("one").digest));
  });

  it("leaves nothing running when the first one is sick", async () => {
    const target = bench.target(own);
    await expect(target.apply(bench.image("sick"), options())).rejects.toMatchObject({ code: "unhealthy" });
    await target.revert(options());
    expect(
      await bench.docker("ps", "-aq", "--filter", `label=com.docker.compose.project=${bench.project}`),
    ).toBe("");
    expect(await bench.docker("network", "ls", "-q", "--filter", `name=${bench.project}`)).toBe("");
    expect(await target.status(never)).toEqual({ good: [], services: [], drift: [] });
  });

  it("puts back what somebody had started by hand when the first one is sick", async () => {
    const one = bench.image("one");
    const byHand = `{ name: ${bench.project}, services: { web: { image: "${one.name}@${one.digest}" } } }`;
    await bench.write(byHand, "by-hand.yaml");
    await bench.docker("compose", "-f", `${bench.dir}/by-hand.yaml`, "up", "-d");
    const target = bench.target(own);
    await expect(target.apply(bench.image("sick"), options())).rejects.toMatchObject({ code: "unhealthy" });
    await target.revert(options());
    const running = await bench.docker("ps", "--format", "{{.Names}}", "--filter", `name=${bench.project}`);
    expect(running.trim()).toBe(`${bench.project}-web-1`);
    expect(await bench.docker("logs", `${bench.project}-web-1`)).toContain("version one is up");
  });

  it("goes back without files and without a registry, with the settings of then", async () => {
    const target = bench.target(own);
    await target.apply(bench.image("one"), options());
    await bench.write(TWO.replace("PRICE: 5$$", "PRICE: 6"));
    await target.apply(bench.image("two"), options());
    await bench.write("no: compose file");
    const { port } = bench.registry;
    await bench.registry.close();
    expect(await target.holds(bench.image("one"), never)).toBe(true);
    await target.apply(bench.image("one"), options({ as: "rollback" }));
    const [container = ""] = (await bench.docker("ps", "-q", "--filter", `name=${bench.project}-web`)).split(
      "\n",
    );
    expect(await bench.docker("inspect", "-f", "{{.Config.Env}}", container)).toContain("PRICE=5$ ");
    const { good, drift } = await target.status(never);
    expect(good.map(({ image }) => image.version)).toEqual(["one", "two"]);
    expect(drift).toEqual([]);
    await bench.serve(port);
  });

  it("says how what runs differs from what was applied", async () => {
    const target = bench.target(own);
    await target.apply(bench.image("one"), options());
    const two = bench.image("two");
    await bench.docker("rm", "-f", `${bench.project}-worker-1`);
    const byHand = `{ services: { web: { image: "${two.name}@${two.digest}" }, more: { image: "${two.name}@${two.digest}" } } }`;
    await bench.write(byHand, "by-hand.yaml");
    await bench.docker("compose", "-p", bench.project, "-f", `${bench.dir}/by-hand.yaml`, "up", "-d");
    expect((await target.status(never)).drift).toEqual([
      `web: runs ${two.name}@${two.digest}, applied was ${two.name}@${bench.image("one").digest}`,
      "worker: 0 of 1 container runs",
      "more: runs, and was not applied",
    ]);
  });

  it("is one deployment at a time, and outlives an owner who is gone", async () => {
    const [mine, theirs] = [bench.target(own, { lease: 9_000 }), bench.target(own, { lease: 9_000 })];
    const order: string[] = [];
    await mine.exclusively(
      async () => {
        const refused = theirs.exclusively(async () => {}, { who: "bob", wait: false, signal: never });
        await expect(refused).rejects.toMatchObject({
          code: "locked",
          message: expect.stringMatching(/alice deploys there since 20/),
        });
        order.push("mine");
      },
      { who: "alice", wait: false, signal: never },
    );
    // One that nobody renews.
    await bench.docker(
      "create",
      "--name",
      `${bench.project}-seaworthy-lock`,
      "localhost/seaworthy-keeper:1",
      "x",
    );
    await theirs.exclusively(async () => void order.push("theirs"), {
      who: "bob",
      wait: true,
      signal: never,
    });
    expect(order).toEqual(["mine", "theirs"]);
    expect(await bench.docker("ps", "-aq", "--filter", `name=${bench.project}-seaworthy-lock`)).toBe("");
  });

  it("takes its lock again where a prune has removed it", async () => {
    const lock = `${bench.project}-seaworthy-lock`;
    const names = () => bench.docker("ps", "-a", "--format", "{{.Names}}", "--filter", `name=${lock}`);
    await bench.target(own, { lease: 20_000 }).exclusively(
      async () => {
        await bench.docker("rm", lock);
        await expect.poll(names, { timeout: 40_000, interval: 500 }).toBe(`${lock}\n`);
      },
      { who: "alice", wait: false, signal: never },
    );
    expect(await names()).toBe("");
  });

  it("gives what the services say, stops them, and starts them again", async () => {
    const target = bench.target(own);
    await target.apply(bench.image("one"), options());
    const lines = [];
    for await (const line of target.logs({ lines: 5, follow: false, signal: never })) lines.push(line);
    expect(lines).toEqual([
      { service: "web", text: "version one is up" },
      { service: "worker", text: "version one is up" },
    ]);
    for await (const line of target.logs({ service: "web", lines: 5, follow: true, signal: never })) {
      expect(line).toEqual({ service: "web", text: "version one is up" });
      break;
    }
    await target.stop(never);
    const stopped = await target.status(never);
    expect(stopped).toMatchObject({ current: { image: bench.image("one") }, drift: [] });
    expect(stopped.services.map(({ state }) => state)).toEqual(["stopped", "stopped"]);
    await target.apply(bench.image("one"), options());
    expect((await target.status(never)).services).toMatchObject([{ state: "healthy" }, { state: "healthy" }]);
  });
});

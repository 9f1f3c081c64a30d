import { readFileSync, readdirSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { options } from "../../test/applying.ts";
import { type ComposeBench, FILE, NAME, imageOf, openComposeBench } from "../../test/compose-bench.ts";
import { targetContract } from "../target.contract.ts";
import type { LogLine } from "../target.ts";
import type { ComposeTools } from "./settings.ts";

const { signal } = new AbortController();

targetContract("compose, over a fake docker", async () => openComposeBench());

describe("a Compose project as a target", () => {
  let bench: ComposeBench;
  beforeEach(() => {
    bench = openComposeBench();
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  const container = (service: string) =>
    bench.docker.containers.find(({ name }) => name === `shop-${service}-1`);

  describe("what runs", () => {
    it("is the digest for services with the image, and what the files say for others", async () => {
      bench.write(`${FILE}  db: { image: "postgres:18" }\n`);
      const { one } = bench.images;
      await bench.open().apply(one, options());
      expect(container("web")).toMatchObject({
        image: `${NAME}@${one.digest}`,
        labels: { "dev.seaworthy.environment": "production", "dev.seaworthy.digest": one.digest },
        environment: { ROLE: "web" },
      });
      expect(container("db")?.image).toBe("postgres:18");
      expect(container("db")?.labels).not.toHaveProperty("dev.seaworthy.digest");
      const { services } = await bench.open().status(signal);
      expect(services.find(({ name }) => name === "db")).not.toHaveProperty("digest");
    });

    it("comes from files that are never written to", async () => {
      await bench.open().apply(bench.images.one, options());
      expect(readFileSync(join(bench.dir, "compose.yaml"), "utf8")).toBe(FILE);
      expect(readdirSync(join(bench.dir, "scratch"))).toEqual([]);
    });

    it("keeps the environment's secrets out of the arguments of every command", async () => {
      await bench.open().apply(bench.images.one, options());
      await bench.open().apply(bench.images.two, options());
      expect(JSON.stringify(bench.docker.commands)).not.toContain("t0ps3cret");
    });

    it("has no variable that was not set when it was read", async () => {
      await bench.open().apply(bench.images.one, options());
      expect(container("worker")?.environment).toEqual({ ROLE: "worker" });
    });

    it("passes on what the command has against the files", async () => {
      const warnings: string[] = [];
      await bench
        .open()
        .apply(
          bench.images.one,
          options({ progress: (event) => void (event.type === "warning" && warnings.push(event.message)) }),
        );
      expect(warnings).toEqual(['The "WHO" variable is not set.']);
    });

    it("is pulled for the platform that a service asks for, but not to go back", async () => {
      bench.write(FILE.replace("build: .", "platform: linux/arm64"));
      const pulls = () => bench.docker.commands.filter(([verb]) => verb === "pull");
      await bench.open().apply(bench.images.one, options());
      const reference = `${NAME}@${bench.images.one.digest}`;
      expect(pulls()).toEqual([["pull", "--quiet", "--platform", "linux/arm64", reference]]);
      await bench.open().apply(bench.images.two, options());
      await bench.cutOff();
      await bench.open().apply(bench.images.one, options({ as: "rollback" }));
      expect(pulls()).toHaveLength(2);
    });

    it("runs the image in the services that are named, whatever image they have", async () => {
      bench.write(FILE.replaceAll(NAME, "somewhere.else/app"));
      await bench
        .open({ services: ["web"] })
        .apply(bench.images.one, options())
        .catch(() => undefined);
      expect(container("web")?.image).toBe(`${NAME}@${bench.images.one.digest}`);
    });

    it("tells where a service answers", async () => {
      const target = bench.open({ host: "ssh://deploy@shop.example.com" });
      expect(target.where).toBe("shop on ssh://deploy@shop.example.com");
      await target.apply(bench.images.one, options());
      const [web, worker] = (await target.status(signal)).services;
      expect(web?.address).toBe("http://shop.example.com:8000");
      expect(worker).not.toHaveProperty("address");
      expect(
        bench.docker.commands.every(([flag, host]) => flag === "--host" && host?.startsWith("ssh:")),
      ).toBe(true);
    });
  });

  describe("refusals", () => {
    it("names the images that it found where none is the released one", async () => {
      bench.write('services: { web: { image: "acme/other:1" } }');
      await expect(bench.open().plan(bench.images.one, signal)).rejects.toMatchObject({
        code: "refused",
        message: `compose.yaml: expected a service with the image ${NAME}, found acme/other:1`,
        hint: expect.stringContaining("compose.image"),
      });
    });

    it("names the services that it found where a named one is not there", async () => {
      await expect(bench.open({ services: ["wbe"] }).plan(bench.images.one, signal)).rejects.toThrow(
        "compose.yaml: expected a service wbe, found web, worker",
      );
    });

    it("does not take over the project of another environment", async () => {
      await bench.open({ environment: "staging" }).apply(bench.images.one, options());
      await expect(bench.open().apply(bench.images.two, options())).rejects.toMatchObject({
        code: "refused",
        message: "shop on docker: expected the environment production, found staging",
      });
      expect(await bench.serving()).toBe("one");
    });

    it("says what to do where there is no engine", async () => {
      const away = bench.open(
        {},
        {
          run: async (_, onOutput) => {
            onOutput("stderr", Buffer.from("Cannot connect to the Docker daemon at tcp://127.0.0.1:1.\n"));
            return { code: 1 };
          },
        },
      );
      await expect(away.status(signal)).rejects.toMatchObject({
        code: "target",
        message: "docker cp: Cannot connect to the Docker daemon at tcp://127.0.0.1:1.",
        hint: expect.stringContaining("compose.host"),
      });
    });

    it("says what to do where there is no docker", async () => {
      const away = bench.open({}, { run: () => Promise.reject(new Error("ENOENT")) });
      await expect(away.platforms(signal)).rejects.toMatchObject({
        code: "target",
        message: "docker: cannot be run",
        hint: expect.stringContaining("install docker"),
      });
    });
  });

  describe("health", () => {
    it("is not there while a health check has not passed, and that is said after the time limit", async () => {
      const slow = bench.publish("slow", { does: "start", says: "still reading" });
      const failure = bench.open({ within: 200 }).apply(slow, options());
      await expect(failure).rejects.toMatchObject({
        code: "unhealthy",
        reports: [
          {
            service: "web",
            problem: "health check has not passed yet: starting, says the check",
            output: ["still reading"],
          },
          { service: "worker" },
        ],
      });
    });

    it("is not there where something runs each time, and each time anew", async () => {
      const flapping = bench.publish("flapping", { does: "flap", says: "here again" });
      await expect(bench.open({ within: 300 }).apply(flapping, options())).rejects.toMatchObject({
        reports: [{ problem: "starts again and again, 4 restarts", output: ["here again"] }, {}],
      });
    });

    it("ends the wait at once where a health check has failed", async () => {
      const sick = bench.publish("sick", { does: "sicken", says: "\u001b[2Jno model" });
      const started = performance.now();
      await expect(bench.open({ within: 60_000 }).apply(sick, options())).rejects.toMatchObject({
        reports: [{ problem: "health check failed: unhealthy, says the check", output: ["no model"] }, {}],
      });
      expect(performance.now() - started).toBeLessThan(20_000);
    });

    const answering = async (
      status: number,
      body: string,
      work: (port: number) => Promise<void>,
    ): Promise<void> => {
      const server = createServer((_, answer) =>
        answer.writeHead(status, { location: "/" }).end(body),
      ).listen(0);
      const { port } = server.address() as AddressInfo;
      bench.write(FILE.replace("8000", String(port)));
      await work(port);
      server.close();
    };
    const asking = (port: number) =>
      bench
        .open({
          checks: [{ url: `http://127.0.0.1:${port}/health`, status: 200, body: "well" }],
          within: 200,
        })
        .apply(bench.images.one, options());

    it("is there where what is asked over HTTP is answered as expected", () =>
      answering(200, "all is well", async (port) => {
        await asking(port);
        expect(await bench.serving()).toBe("one");
      }));

    it.each([
      [503, "all is well", /expected status 200, found 503/],
      [200, "who are you", /expected a body with "well", found "who are you"/],
      [302, "all is well", /expected status 200, found 302/],
    ] as const)("is not there where the answer over HTTP is %i with %s", (status, body, problem) =>
      answering(status, body, async (port) => {
        const reports = [{ service: "web", problem: expect.stringMatching(problem) }];
        await expect(asking(port)).rejects.toMatchObject({ code: "unhealthy", reports });
      }),
    );

    it("is asked of a version that comes back as it was asked then", async () => {
      await bench.open().apply(bench.images.one, options());
      const target = bench.open({ checks: [{ url: "http://127.0.0.1:1/new", status: 200 }], within: 200 });
      await expect(target.apply(bench.images.two, options())).rejects.toMatchObject({ code: "unhealthy" });
      await target.revert(options());
      await target.apply(bench.images.one, options({ as: "rollback" }));
      expect(await bench.serving()).toBe("one");
    });

    it("says that nobody answers", async () => {
      const checks = [{ url: "http://127.0.0.1:1/health", status: 200 }];
      const applied = bench.open({ checks, within: 200 }).apply(bench.images.one, options());
      await expect(applied).rejects.toThrow(
        /http: http:\/\/127\.0\.0\.1:1\/health: .*(?:ECONNREFUSED|bad port)/,
      );
    });
  });

  describe("what it knows", () => {
    it("is as it was before a write that was cut off", async () => {
      const { one, two } = bench.images;
      await bench.open().apply(one, options());
      await bench.open().apply(two, options());
      const keeper = bench.docker.containers.find(({ name }) => name === "shop-seaworthy-keeper")!;
      const latest = [...keeper.files].find(([, text]) => text.includes('"count":4'))!;
      keeper.files.set(latest[0], latest[1].slice(0, -40));
      // The one before said what was about to run.
      expect(await bench.open().status(signal)).toMatchObject({ current: { image: one }, pending: two });
      await bench.open().apply(two, options());
      expect(await bench.open().status(signal)).toMatchObject({ current: { image: two } });
    });

    it("is refused where nothing of it is whole", async () => {
      await bench.open().apply(bench.images.one, options());
      const keeper = bench.docker.containers.find(({ name }) => name === "shop-seaworthy-keeper")!;
      for (const file of keeper.files.keys()) keeper.files.set(file, "{}");
      await expect(bench.open().status(signal)).rejects.toMatchObject({
        hint: expect.stringContaining("volume"),
      });
    });

    it("outlives the container that it is read through", async () => {
      await bench.open().apply(bench.images.one, options());
      bench.docker.removeContainer("shop-seaworthy-keeper");
      expect(await bench.open().status(signal)).toMatchObject({ current: { image: bench.images.one } });
    });

    it("is the last versions alone", async () => {
      const three = bench.publish("three", { does: "serve", says: "version three is up" });
      for (const image of [bench.images.one, bench.images.two, three])
        await bench.open({ keep: 2 }).apply(image, options());
      const { good } = await bench.open().status(signal);
      expect(good.map(({ image }) => image.version)).toEqual(["three", "two"]);
    });

    it("goes back with the settings of then, and without the files of today", async () => {
      await bench.open().apply(bench.images.one, options());
      bench.write(FILE.replace("ROLE: web", "ROLE: shop"));
      await bench.open().apply(bench.images.two, options());
      expect(container("web")?.environment).toMatchObject({ ROLE: "shop" });
      bench.write("{");
      await bench.open().apply(bench.images.one, options({ as: "rollback" }));
      expect(container("web")?.environment).toMatchObject({ ROLE: "web" });
    });
  });

  describe("services that come and go", () => {
    it("removes one that the files have no more, and brings it back", async () => {
      const target = bench.open();
      await target.apply(bench.images.one, options());
      bench.write(FILE.replace(/ {2}worker:.*\n/, ""));
      expect(await target.plan(bench.images.two, signal)).toMatchObject([
        { service: "web", does: "update", from: bench.images.one.digest, note: "port 8000" },
        { service: "worker", does: "remove", from: bench.images.one.digest },
      ]);
      await target.apply(bench.images.two, options());
      expect(container("worker")).toBeUndefined();
      await expect(target.apply(bench.images.crashing, options())).rejects.toMatchObject({
        code: "unhealthy",
      });
      await target.revert(options());
      expect(container("worker")).toBeUndefined();
      await target.apply(bench.images.one, options({ as: "rollback" }));
      expect(container("worker")?.image).toContain(bench.images.one.digest);
    });

    it("tells what somebody did by hand", async () => {
      await bench.open().apply(bench.images.one, options());
      bench.docker.removeContainer("shop-worker-1");
      expect((await bench.open().status(signal)).drift).toEqual(["worker: 0 of 1 container runs"]);
      expect((await bench.open().status(signal)).services).toMatchObject([
        { state: "healthy" },
        { state: "stopped", problem: "no container" },
      ]);
      await bench.open().apply(bench.images.one, options());
      expect((await bench.open().status(signal)).drift).toEqual([]);
    });
  });

  describe("the lock", () => {
    const hold = (work: (signal: AbortSignal) => Promise<void>, who = "ada", wait = false) =>
      bench.open({}, { lease: 900 }).exclusively(work, { who, wait, signal });

    it("names who has it, and since when", async () => {
      await hold(async () => {
        await expect(hold(async () => {}, "bob")).rejects.toThrow(
          /^shop on docker: ada deploys there since \d{4}-.*Z$/,
        );
      });
    });

    it("stays with whoever works for longer than a lease", async () => {
      await hold(async () => {
        await sleep(2_000);
        await expect(hold(async () => {}, "bob")).rejects.toMatchObject({ code: "locked" });
      });
    });

    it("does not stay with whoever is gone", async () => {
      const left = bench.open(
        {},
        { lease: 900, clock: { now: Date.now, random: Math.random, sleep: () => new Promise(() => {}) } },
      );
      void left.exclusively(() => new Promise(() => {}), { who: "ada", wait: false, signal });
      await expect
        .poll(() => bench.docker.containers.some(({ name }) => name === "shop-seaworthy-lock"))
        .toBe(true);
      await expect(hold(async () => {}, "bob")).rejects.toMatchObject({ code: "locked" });
      const order: string[] = [];
      await hold(async () => void order.push("bob"), "bob", true);
      expect(order).toEqual(["bob"]);
    });

    it("is taken again where a prune has removed it", async () => {
      await hold(async () => {
        bench.docker.removeContainer("shop-seaworthy-lock");
        await expect
          .poll(() => bench.docker.containers.some(({ name }) => name === "shop-seaworthy-lock"))
          .toBe(true);
        await expect(hold(async () => {}, "bob")).rejects.toThrow("ada deploys there");
      });
      expect(bench.docker.containers.map(({ name }) => name)).not.toContain("shop-seaworthy-lock");
    });

    it.each([
      ["keeps it while the engine is away for a moment", 300, "done"],
      ["ends the work where the engine is away for longer", 3_000, "lock was lost"],
    ])("%s", async (_, away, outcome) => {
      let gone = false;
      const run: ComposeTools["run"] = async (...args) => {
        if (gone) throw new Error("connection refused");
        return bench.docker.run(...args);
      };
      const work = bench.open({}, { lease: 900, run }).exclusively(
        async (held) => {
          gone = true;
          await sleep(away, undefined, { signal: held }).catch(() => held.throwIfAborted());
          gone = false;
          await sleep(900);
          held.throwIfAborted();
          return "done";
        },
        { who: "ada", wait: false, signal },
      );
      expect(await work.catch((error: Error) => error.message)).toContain(outcome);
    });

    it("ends the work of whoever has lost it to another", async () => {
      const other = bench.open();
      const lost = hold(async (held) => {
        bench.docker.removeContainer("shop-seaworthy-lock");
        void other.exclusively(() => new Promise(() => {}), { who: "bob", wait: false, signal });
        await new Promise((_, fail) => held.addEventListener("abort", () => fail(held.reason as Error)));
      });
      await expect(lost).rejects.toMatchObject({
        code: "locked",
        message: expect.stringContaining("lock was lost"),
      });
      expect(bench.docker.containers.map(({ name }) => name)).toContain("shop-seaworthy-lock");
    });
  });

  describe("logs", () => {
    const read = async (service?: string): Promise<readonly LogLine[]> => {
      const lines: LogLine[] = [];
      const which = service === undefined ? {} : { service };
      for await (const line of bench.open().logs({ ...which, lines: 10, follow: false, signal }))
        lines.push(line);
      return lines;
    };

    it("are told with their service", async () => {
      await bench.open().apply(bench.images.one, options());
      expect(await read()).toEqual([
        { service: "web", text: "version one is up" },
        { service: "worker", text: "version one is up" },
      ]);
      expect(await read("worker")).toHaveLength(1);
    });

    it("names the services where there is none of that name", async () => {
      await bench.open().apply(bench.images.one, options());
      await expect(read("db")).rejects.toMatchObject({
        code: "nothing-there",
        message: "shop on docker: expected a service db, found web, worker",
      });
    });
  });

  it("asks no registry for an image that the engine has", async () => {
    expect(await bench.open().holds(imageOf("one"), signal)).toBe(false);
    await bench.open().apply(bench.images.one, options());
    await bench.cutOff();
    expect(await bench.open().holds(bench.images.one, signal)).toBe(true);
    await bench.open().apply(bench.images.one, options());
    bench.docker.forget(`${NAME}@${bench.images.one.digest}`);
    expect(await bench.open().holds(bench.images.one, signal)).toBe(false);
  });
});

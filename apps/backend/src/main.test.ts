import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Agent, request as httpRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { text as readAll } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

import { rolldown } from "rolldown";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import bundles from "../rolldown.config.ts";
import { serviceNames } from "./process/services.ts";
import { ModelServer } from "./test/model-server.ts";
import { post, readEvents } from "./test/running.ts";
import { examples } from "./test/tasks.ts";

const source = fileURLToPath(new URL("main.ts", import.meta.url));
const backend = fileURLToPath(new URL("..", import.meta.url));

interface Started {
  readonly child: ChildProcess;
  readonly url: string;
  readonly exit: Promise<{ code: number | null; ms: () => number }>;
}

const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

function launch(args: readonly string[], env: Record<string, string>, main = source): ChildProcess {
  const base = { PATH: process.env["PATH"] ?? "", HOST: "127.0.0.1", PORT: "0" };
  const child = spawn(process.execPath, [main, ...args], {
    env: { ...base, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  return child;
}

/** Starts a service as a process of its own and waits until it says that it listens. */
async function start(
  args: readonly string[],
  env: Record<string, string> = {},
  main = source,
): Promise<Started> {
  const child = launch(args, env, main);
  const exit = once(child, "exit").then(([code]) => {
    const at = performance.now();
    return { code: code as number | null, ms: () => at };
  });
  const lines = createInterface({ input: child.stdout! });
  for await (const line of lines) {
    const { msg, port } = JSON.parse(line) as { msg: string; port: number };
    if (msg !== "listening") continue;
    child.stdout!.resume();
    return { child, url: `http://127.0.0.1:${port}`, exit };
  }
  throw new Error(`the process ended: ${await readAll(child.stderr!)}`);
}

async function fails(args: readonly string[], env: Record<string, string> = {}) {
  const child = launch(args, env);
  const [[code], stderr, stdout] = await Promise.all([
    once(child, "exit"),
    readAll(child.stderr!),
    readAll(child.stdout!),
  ]);
  return { code: code as number, stderr, stdout };
}

/** Milliseconds from the signal to the end, and the exit code. */
async function stop({ child, exit }: Started, signal: NodeJS.Signals = "SIGTERM") {
  const started = performance.now();
  child.kill(signal);
  const { code, ms } = await exit;
  return { code, ms: ms() - started };
}

describe("the entry point", () => {
  it("starts the service that is named first: argument, SERVICE_TYPE, gateway", async () => {
    const cases = [
      { args: ["agent-critic"], env: { SERVICE_TYPE: "agent-writer" }, service: "agent-critic" },
      { args: [], env: { SERVICE_TYPE: "agent-writer" }, service: "agent-writer" },
      { args: [], env: { SERVICE_TYPE: "" }, service: "api-gateway" },
    ];
    await Promise.all(
      cases.map(async ({ args, env, service }) => {
        const { url } = await start(args, env);
        expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ service });
      }),
    );
  });

  it("names an unknown service and the valid ones in one line and exits with 1", async () => {
    const { code, stderr, stdout } = await fails(["agent-poet"]);
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(stderr).toBe(`unknown service "agent-poet"; expected one of ${serviceNames.join(", ")}\n`);
  });

  it("exits with 1 on a wrong setting, without a stack", async () => {
    const { code, stderr } = await fails([], { API_KEYS: "oops" });
    expect(code).toBe(1);
    expect(stderr).toBe(
      "API_KEYS: entry 1: expected name:<64 hex digits of SHA-256>, found something else\n",
    );
  });

  it("exits with 1 when the port is taken", async () => {
    const first = await start(["agent-critic"]);
    const { code, stderr } = await fails(["agent-writer"], { PORT: new URL(first.url).port });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^cannot listen on 127\.0\.0\.1:\d+: .*EADDRINUSE.*\n$/);
  });
});

describe("a signal", () => {
  let model: ModelServer;
  const task = { input: examples.writer.input };
  const agent = (env: Record<string, string> = {}) =>
    start(["agent-writer"], { MODEL_BASE_URL: model.baseUrl, MODEL_NAME: "m", ...env });

  beforeAll(async () => {
    model = await ModelServer.start();
  });
  afterAll(() => model.stop());

  it.each(["SIGTERM", "SIGINT"] as const)("%s ends an idle service with 0 at once", async (signal) => {
    const { code, ms } = await stop(await start(["api-gateway"]), signal);
    expect(code).toBe(0);
    expect(ms).toBeLessThan(3_000);
  });

  it("does not wait for idle keep-alive connections", async () => {
    const service = await start(["api-gateway"]);
    const keepAlive = new Agent({ keepAlive: true });
    const response = await new Promise<NodeJS.ReadableStream>((resolve) => {
      httpRequest(`${service.url}/health`, { agent: keepAlive }, resolve).end();
    });
    await readAll(response);
    const { code, ms } = await stop(service);
    keepAlive.destroy();
    expect(code).toBe(0);
    expect(ms).toBeLessThan(3_000);
  });

  /** A stream that has begun and goes on until the model is told to finish. */
  async function openStream(url: string): Promise<Response> {
    model.behaviour = { kind: "pieces", pieces: ["Once", " upon"], finally: "hang" };
    const seen = model.requests.length;
    const response = await post(url, { ...task, stream: true });
    expect(model.requests.length).toBe(seen + 1);
    return response;
  }

  async function refusesConnections(url: string): Promise<void> {
    const answers = () =>
      fetch(url).then(
        () => true,
        () => false,
      );
    await expect.poll(answers).toBe(false);
  }

  it("lets a stream finish, refuses new connections, and leaves as soon as it is over", async () => {
    const service = await agent();
    const response = await openStream(`${service.url}/v1/tasks`);
    const started = performance.now();
    const stopped = stop(service);
    await refusesConnections(`${service.url}/health`);
    model.finish();
    const events = await readEvents(response);
    expect(events.at(-1)).toMatchObject({ event: "result", data: { output: { text: "Once upon" } } });
    expect((await stopped).code).toBe(0);
    expect(performance.now() - started).toBeLessThan(3_000);
  });

  it("ends a stream that does not finish with an error event, in gateway and agent alike", async () => {
    const worker = await agent({ DRAIN_TIMEOUT_MS: "4500" });
    const gateway = await start(["api-gateway"], { AGENT_WRITER_URL: worker.url });
    const response = await openStream(`${gateway.url}/v1/agents/writer/tasks`);
    const stopped = stop(gateway);
    const events = await readEvents(response);
    expect(events.map(({ event }) => event)).toEqual(["start", "delta", "delta", "error"]);
    expect(events.at(-1)?.data).toMatchObject({ error: { code: "shutting_down" } });
    const { code, ms } = await stopped;
    expect(code).toBe(0);
    expect(ms).toBeGreaterThan(3_000);
    expect(ms).toBeLessThan(5_000);
    // The gateway's leaving has ended the agent's work as well, so this takes no time.
    await model.requests.at(-1)?.closed;
    expect((await stop(worker)).code).toBe(0);
  });

  it("answers 503 where an upstream hangs, and exits with 0 within 5 s", async () => {
    const service = await agent({ DRAIN_TIMEOUT_MS: "300" });
    model.behaviour = { kind: "hang" };
    const seen = model.requests.length;
    const response = post(`${service.url}/v1/tasks`, task);
    await expect.poll(() => model.requests.length).toBe(seen + 1);
    const stopped = stop(service);
    expect((await response).status).toBe(503);
    expect((await response).headers.get("retry-after")).toBe("1");
    const { code, ms } = await stopped;
    expect(code).toBe(0);
    expect(ms).toBeLessThan(3_000);
  });

  it("is not delayed by a client that sends its request for ever", async () => {
    const service = await start(["api-gateway"], { DRAIN_TIMEOUT_MS: "300" });
    const slow = httpRequest(`${service.url}/v1/agents/critic/tasks`, {
      method: "POST",
      headers: { "content-type": "application/json", "content-length": 1_000 },
    });
    slow.on("error", () => {});
    slow.write("{");
    await fetch(`${service.url}/health`);
    const { code, ms } = await stop(service);
    expect(code).toBe(0);
    expect(ms).toBeLessThan(3_000);
  });

  it("sent twice ends the process at once", async () => {
    const service = await agent();
    model.behaviour = { kind: "hang" };
    const seen = model.requests.length;
    const response = post(`${service.url}/v1/tasks`, task).catch(() => undefined);
    await expect.poll(() => model.requests.length).toBe(seen + 1);
    service.child.kill("SIGTERM");
    await refusesConnections(service.url);
    const { code, ms } = await stop(service);
    expect(code).toBe(143);
    expect(ms).toBeLessThan(2_500);
    await response;
  });

  it("before anything runs ends the process with 0", async () => {
    const early = new URL("process/early-signals.ts", import.meta.url).href;
    const script = `import "${early}"; process.kill(process.pid, "SIGTERM"); setTimeout(() => process.exit(9), 9_000);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: "ignore" });
    children.push(child);
    expect(await once(child, "exit")).toEqual([0, null]);
    expect(readFileSync(source, "utf8")).toMatch(/^import \{[^}]*\} from "\.\/process\/early-signals\.ts";/);
  });
});

describe("the bundle", () => {
  const dist = mkdtempSync(join(tmpdir(), "seaworthy-"));
  const main = join(dist, "main.mjs");
  const healthcheck = join(dist, "healthcheck.mjs");

  async function build(dir: string): Promise<void> {
    for (const { output, ...input } of [bundles].flat()) {
      const bundler = await rolldown({ ...input, cwd: backend });
      await bundler.write({ ...[output].flat()[0], dir });
      await bundler.close();
    }
  }

  beforeAll(() => build(dist));
  afterAll(() => rmSync(dist, { recursive: true }));

  it("answers /health with nothing beside it", async () => {
    const { url } = await start(["agent-writer"], { SERVICE_VERSION: "1.0.0" }, main);
    expect(await (await fetch(`${url}/health`)).json()).toMatchObject({
      service: "agent-writer",
      version: "1.0.0",
    });
  });

  it("has a health check that follows the service", async () => {
    const service = await start(["api-gateway"], {}, main);
    const check = async () => {
      const child = launch([], { PORT: new URL(service.url).port }, healthcheck);
      const [[code], stderr] = await Promise.all([once(child, "exit"), readAll(child.stderr!)]);
      return { code: code as number, stderr };
    };
    expect(await check()).toEqual({ code: 0, stderr: "" });
    await stop(service);
    expect(await check()).toEqual({ code: 1, stderr: expect.stringMatching(/^unhealthy: .*ECONNREFUSED/) });
  });

  it("comes with the licence of each package in it", () => {
    const { dependencies } = JSON.parse(readFileSync(join(backend, "package.json"), "utf8")) as {
      dependencies: Record<string, string>;
    };
    const notices = readFileSync(join(dist, "third-party.txt"), "utf8");
    for (const name of Object.keys(dependencies))
      expect(notices).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(`, "m"));
    expect(notices).toContain("Permission is hereby granted");
  });

  it("comes with a bill of the packages in it, with the hashes of the lockfile", () => {
    const bill = JSON.parse(readFileSync(join(dist, "main.cdx.json"), "utf8")) as {
      components: { name: string; version: string; hashes: { alg: string; content: string }[] }[];
    };
    const lock = JSON.parse(readFileSync(join(backend, "../../package-lock.json"), "utf8")) as {
      packages: Record<string, { version: string; integrity: string }>;
    };
    const listed = bill.components.map(({ name, version }) => `${name} ${version}`);
    const notices = readFileSync(join(dist, "third-party.txt"), "utf8");
    expect(listed).toEqual([...notices.matchAll(/^(\S+ \d+\.\d+\.\d+) \(/gm)].map(([, name]) => name));
    expect(bill).toMatchObject({
      bomFormat: "CycloneDX",
      specVersion: "1.6",
      metadata: { component: { name: "@seaworthy/backend" } },
    });
    const locked = lock.packages["node_modules/hono"]!;
    expect(bill.components.find(({ name }) => name === "hono")).toEqual({
      type: "library",
      "bom-ref": `pkg:npm/hono@${locked.version}`,
      purl: `pkg:npm/hono@${locked.version}`,
      name: "hono",
      version: locked.version,
      supplier: { name: "Yusuke Wada" },
      licenses: [{ expression: "MIT" }],
      hashes: [
        {
          alg: "SHA-512",
          content: Buffer.from(locked.integrity.slice("sha512-".length), "base64").toString("hex"),
        },
      ],
    });
    expect(listed).not.toContain("rolldown");
  });

  it("is the same bytes each time, without paths of this machine", async () => {
    const again = mkdtempSync(join(tmpdir(), "seaworthy-"));
    await build(again);
    for (const file of ["main.mjs", "healthcheck.mjs", "third-party.txt", "main.cdx.json"]) {
      const bytes = readFileSync(join(dist, file));
      expect(bytes.equals(readFileSync(join(again, file)))).toBe(true);
      for (const path of [backend, tmpdir() + "/", process.cwd(), "sourceMappingURL=main"]) {
        expect(bytes.includes(path)).toBe(false);
      }
    }
    rmSync(again, { recursive: true });
  });
});

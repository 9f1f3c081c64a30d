import { describe, expect, it } from "vitest";
import type { Container } from "./containers.ts";
import { judge } from "./judge.ts";
import type { Project } from "./project.ts";

const container = (more: Partial<Container> = {}): Container => ({
  id: "1",
  service: "web",
  image: "acme/app",
  imageId: "sha256:1",
  labels: {},
  status: "running",
  exitCode: 0,
  outOfMemory: false,
  restarts: 0,
  comesBack: false,
  ports: [],
  ...more,
});

const one: Project = { services: { web: {} } };

describe("judging containers", () => {
  it.each<readonly [string, Partial<Container>, object]>([
    ["runs and has no health check", {}, { state: "healthy" }],
    ["has passed its check", { health: "healthy" }, { state: "healthy" }],
    ["is asked for the first time", { health: "starting" }, { state: "starting", final: false }],
    [
      "has failed its check",
      { health: "unhealthy", healthOutput: "one\nno model" },
      { state: "unhealthy", final: true, problem: "health check failed: no model" },
    ],
    [
      "started again a few times",
      { status: "restarting", restarts: 2, exitCode: 3 },
      { state: "unhealthy", final: false, problem: "restarts; ended with exit code 3" },
    ],
    [
      "runs after many starts",
      { restarts: 5, exitCode: 3 },
      { state: "unhealthy", final: true, problem: "crash loop, 5 restarts; ended with exit code 3" },
    ],
    ["ended", { status: "exited" }, { state: "stopped", final: true, problem: "ended with exit code 0" }],
    ["ended and will be back", { status: "exited", comesBack: true }, { state: "stopped", final: false }],
    [
      "took too much memory",
      { status: "exited", exitCode: 137, outOfMemory: true },
      { state: "stopped", final: true, problem: "ended by the kernel: out of memory" },
    ],
    [
      "found its port taken",
      { status: "created", error: "port is already allocated" },
      { state: "unhealthy", final: true, problem: "cannot be started: port is already allocated" },
    ],
    ["waits for another", { status: "created" }, { state: "starting", final: false }],
    ["is paused", { status: "paused" }, { state: "unhealthy", final: false, problem: "is paused" }],
  ])("knows of one that %s", (_, facts, expected) => {
    expect(judge(one, [container(facts)])).toMatchObject([{ name: "web", ...expected }]);
  });

  it("has something against too few", () => {
    expect(judge({ services: { web: { scale: 3 } } }, [container()])).toMatchObject([
      { state: "stopped", final: false, problem: "expected 3 containers, found 1" },
    ]);
    expect(judge({ services: { web: { deploy: { replicas: 0 } } } }, [])).toMatchObject([
      { state: "healthy" },
    ]);
  });

  it("takes the worst of several, and all of their restarts", () => {
    const containers = [container({ restarts: 1 }), container({ health: "unhealthy", restarts: 2 })];
    expect(judge({ services: { web: { scale: 2 } } }, containers)).toMatchObject([
      { state: "unhealthy", restarts: 3 },
    ]);
  });

  it("lets end well what others wait for to end well, and only that", () => {
    const waits = { depends_on: { job: { condition: "service_completed_successfully" } } };
    const project: Project = { services: { web: waits, job: {} } };
    const job = (exitCode: number) => [
      container(),
      container({ service: "job", status: "exited", exitCode }),
    ];
    expect(judge(project, job(0))).toMatchObject([{ name: "web" }, { name: "job", state: "healthy" }]);
    expect(judge(project, job(1))).toMatchObject([
      { name: "web" },
      { name: "job", state: "stopped", final: true },
    ]);
  });

  it("tells since when, of those that run", () => {
    const containers = [
      container({ startedAt: "2026-11-25T00:00:02.123456789Z" }),
      container({ startedAt: "2026-11-25T00:00:01.5Z" }),
      container({ startedAt: "2025-01-01T00:00:00Z", status: "exited" }),
    ];
    expect(judge(one, containers)[0]?.since).toBe("2026-11-25T00:00:01Z");
  });
});

import type { ChildProcess } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { openLayout } from "@seaworthy/oci";
import { type RunningRegistry, serveRegistry } from "@seaworthy/registry";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { seaworthy } from "../support/cli.ts";
import { type Deployable, freePort, makeDeployable } from "../support/deployable.ts";
import { PROGRAM, missing, peer } from "./peers.ts";

describe.skipIf(missing !== undefined)("seaworthy deploy to Docker Compose", { timeout: 400_000 }, () => {
  const project = `seaworthy-story-${process.pid}`;
  let registry: RunningRegistry;
  let app: Deployable;
  let port: number;
  let served: string;

  const serve = async (at = 0): Promise<void> => {
    const store = await openLayout(served);
    registry = await serveRegistry({ store, uploads: join(served, "uploads"), port: at });
  };

  beforeAll(async () => {
    port = await freePort();
    const registryPort = await freePort();
    app = await makeDeployable({
      image: `127.0.0.1:${registryPort}/acme/web`,
      environments: `production: { compose: {
        files: ["compose.yaml"], project: ${JSON.stringify(project)}, image: "acme/web", hold: "500ms", within: "1m",
      }, checks: [{ url: "http://127.0.0.1:${port}/" }] },`,
    });
    const { dir, env } = app.project;
    served = join(dir, "..", "served");
    await serve(registryPort);
    app.project.write(
      "compose.yaml",
      `services: { web: { image: acme/web, restart: unless-stopped, environment: { DEPLOYED: "yes", HOST: 0.0.0.0 },
         ports: ["127.0.0.1:${port}:8000"], read_only: true, cap_drop: [ALL] } }\n`,
    );
    // The engine's own program, in the root of the peers, which would find this one again on this PATH.
    const bin = join(dir, "..", "bin");
    mkdirSync(bin);
    writeFileSync(
      join(bin, "docker"),
      `#!/bin/sh\nPEERS_MIRROR=none PATH=/usr/sbin:/usr/bin:/sbin:/bin exec ${PROGRAM} docker "$@"\n`,
    );
    chmodSync(join(bin, "docker"), 0o755);
    Object.assign(env, { PATH: `${bin}${delimiter}${process.env["PATH"] ?? ""}` });
  }, 120_000);
  afterAll(async () => {
    const found = await peer("docker", "ps", "-aq", "--filter", `name=${project}`);
    const ids = found.stdout.split("\n").filter((id) => id !== "");
    if (ids.length > 0) await peer("docker", "rm", "-f", ...ids);
    await peer("docker", "volume", "rm", `${project}_seaworthy`).catch(() => undefined);
    await peer("docker", "network", "rm", `${project}_default`).catch(() => undefined);
    await registry.close();
    app[Symbol.dispose]();
  });

  const serving = async (): Promise<string | undefined> => {
    const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
    return answer?.status === 200 ? answer.text() : undefined;
  };
  const cli = (args: readonly string[], onStart: (child: ChildProcess) => void = () => {}) =>
    seaworthy(args, { cwd: app.project.dir, env: { ...app.project.env, CI: "" }, onStart });
  const release = async (version: string): Promise<void> => {
    app.commit(version);
    const { code, stderr } = await cli(["release", "--no-deploy"]);
    if (code !== 0) expect.fail(stderr);
  };

  it("deploys, keeps what runs where the next is bad, goes on after a kill, and rolls back without a registry", async () => {
    await release("one");
    const first = await cli(["deploy", "production"]);
    expect(first.stderr).toContain("is healthy");
    expect(await serving()).toBe("one");

    await release("bad");
    const bad = await cli(["deploy", "production"]);
    expect(bad.code).toBe(1);
    expect(bad.stderr).toMatch(/web: crash loop, [5-9] restarts; ended with exit code 3/);
    expect(bad.stderr).toContain("| cannot reach the database");
    expect(bad.stderr).toMatch(/main-[0-9a-f]{7} serves again/);
    expect(await serving()).toBe("one");

    await release("two");
    const killed = await cli(["deploy", "production"], (child) => {
      child.stderr?.on("data", (chunk: Buffer) => {
        if (chunk.toString().includes("wait for health")) child.kill("SIGKILL");
      });
    });
    expect(killed.code).not.toBe(0);
    const waited = await cli(["deploy", "production", "--wait"]);
    expect(waited.stderr).toContain("is healthy");
    expect(waited.code).toBe(0);
    expect(await serving()).toBe("two");

    const { port: was } = registry;
    await registry.close();
    const back = await cli(["rollback", "production"]);
    expect(back).toMatchObject({ code: 0 });
    expect(await serving()).toBe("one");
    await serve(was);

    const status = await cli(["status", "production"]);
    expect(status.stdout).toContain(`http://127.0.0.1:${port}`);
    expect((await cli(["logs", "production"])).stdout).toContain("one is up");
    expect(await cli(["stop", "production"])).toMatchObject({ code: 0 });
    expect(await serving()).toBeUndefined();
  });
});

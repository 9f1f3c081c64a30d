import type { ChildProcess } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { seaworthy } from "../support/cli.ts";
import { type Deployable, makeDeployable } from "../support/deployable.ts";

describe("a release that goes to an environment", { timeout: 180_000 }, () => {
  let app: Deployable;
  beforeEach(async () => {
    app = await makeDeployable();
  });
  afterEach(async () => {
    await app.end();
    app[Symbol.dispose]();
  });

  const released = async (version: string, ...args: readonly string[]) => {
    app.commit(version);
    return app.run("release", "--to", "local", ...args);
  };
  const statusOf = async () =>
    JSON.parse((await app.run("status", "--json")).stdout) as {
      current?: { image: { version: string; digest: string } };
      pending?: object;
      good: readonly object[];
    };

  it("answers when the command is over, says what runs, and rolls back and forth", async () => {
    const first = await released("one");
    expect(first).toMatchObject({ code: 0 });
    expect(first.stderr).toMatch(/main-[0-9a-f]{7} is healthy in local \(http:\/\/127\.0\.0\.1:\d+\)/);
    expect(await app.serving()).toBe("one");
    const again = await app.run("release", "--to", "local");
    expect(again.stderr).toContain("runs in local");
    expect(again.stdout).toBe(first.stdout);

    const second = await released("two");
    expect(await app.serving()).toBe("two");
    const status = await app.run("status");
    expect(status.stdout).toMatch(/runs +main-[0-9a-f]{7} .*\nrevision +[0-9a-f]{40}\nsince +\S+Z by/);
    expect(status.stdout).toMatch(/before +main-/);
    expect((await statusOf()).current?.image.digest).toBe(second.stdout.trim().split("@")[1]);
    expect((await app.run("logs", "--service", "web")).stdout).toBe("one is up\ntwo is up\n");

    expect(await app.run("rollback", "local")).toMatchObject({ code: 0, stdout: first.stdout });
    expect(await app.serving()).toBe("one");
    expect(await app.run("rollback", "local")).toMatchObject({ code: 0, stdout: second.stdout });
    expect(await app.serving()).toBe("two");

    const evidence = await app.run("evidence", second.stdout.trim(), "--json");
    expect(evidence.stdout).toContain("https://seaworthy.dev/deployment/v1");
  });

  it("P7: leaves the old one serving where the new one is bad, and says why", async () => {
    await released("one");
    const bad = await released("bad");
    expect(bad.code).toBe(1);
    expect(bad.stderr).toContain("web: ended with exit code 3 before it was healthy");
    expect(bad.stderr).toContain("| cannot reach the database");
    expect(bad.stderr).toMatch(/main-[0-9a-f]{7} serves again/);
    expect(await app.serving()).toBe("one");
    const status = await statusOf();
    expect(status.good).toHaveLength(1);
    expect(status).not.toHaveProperty("pending");
    const folder = join(app.project.dir, ".seaworthy/deployments");
    const [log = ""] = readdirSync(folder);
    expect(readFileSync(join(folder, log), "utf8")).toContain("cannot reach the database");
    expect((await app.run("evidence", "main", "--json")).stdout).toContain("seaworthy.dev/deployment/v1");
  });

  it("finishes when it is run again after it was killed in the middle", async () => {
    await released("one");
    app.commit("two");
    const { dir, env } = app.project;
    const killed = (child: ChildProcess): void => {
      child.stderr?.on("data", (chunk: Buffer) => {
        if (/^ {2}deploy$/m.test(chunk.toString())) child.kill("SIGKILL");
      });
    };
    const interrupted = await seaworthy(["release", "--to", "local"], {
      cwd: dir,
      env: { ...env, CI: "" },
      onStart: killed,
    });
    expect(interrupted.code).not.toBe(0);
    expect(await app.serving()).toBe("one");
    expect(await app.run("release", "--to", "local")).toMatchObject({ code: 0 });
    expect(await app.serving()).toBe("two");
    expect(await statusOf()).not.toHaveProperty("pending");
  });

  it("lets nobody else deploy meanwhile, who may wait", async () => {
    await released("one");
    app.commit("two");
    await app.run("release", "--no-deploy");
    const others: ReturnType<Deployable["run"]>[] = [];
    const first = await seaworthy(["deploy", "local"], {
      cwd: app.project.dir,
      env: app.project.env,
      onStart: (child) => {
        child.stderr?.once("data", () => {
          others.push(app.run("deploy", "local"), app.run("deploy", "local", "--wait"));
        });
      },
    });
    const [refused, patient] = await Promise.all(others);
    expect(first.code).toBe(0);
    expect(patient).toMatchObject({ code: 0 });
    // On a machine that is slow enough the first one is done before the others have begun.
    expect(refused?.stderr).toMatch(/another deployment goes on|runs in local .* already/);
    expect(await app.serving()).toBe("two");
  });

  it("answers every request while the next one takes over", async () => {
    await released("one");
    app.commit("two");
    await app.run("release", "--no-deploy");
    const answers: (string | number)[] = [];
    const over = new AbortController();
    const asking = Array.from({ length: 4 }, async () => {
      while (!over.signal.aborted) {
        const answer = await fetch(`http://127.0.0.1:${app.port}/`);
        answers.push(answer.status === 200 ? await answer.text() : answer.status);
      }
    });
    expect(await app.run("deploy", "local")).toMatchObject({ code: 0 });
    over.abort();
    await Promise.all(asking);
    expect(answers.length).toBeGreaterThan(20);
    expect(new Set(answers)).toEqual(new Set(["one", "two"]));
  });

  it("plans without touching anything, and refuses what does not exist by name", async () => {
    app.commit("one");
    await app.run("release", "--no-deploy");
    const plan = await app.run("deploy", "local", "--dry-run");
    expect(plan.stdout).toMatch(/start +web/);
    expect(await app.serving()).toBeUndefined();
    const unknown = await app.run("deploy", "moon");
    expect(unknown).toMatchObject({ code: 2, stdout: "" });
    expect(unknown.stderr).toContain('environment "moon": not in the config\n  → the config has local');
    const absent = await app.run("deploy", "local", "v9");
    expect(absent).toMatchObject({ code: 2 });
    expect(absent.stderr).toContain('has no "v9"');
    const nothing = await app.run("rollback", "local");
    expect(nothing.stderr).toContain("nothing is known to have run well there before");
  });
});

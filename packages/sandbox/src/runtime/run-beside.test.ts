import { readFileSync, readdirSync, readlinkSync, writeFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { processesWith, temporaryDirectory, testProbe, until, whyNoSandbox } from "../../test/machine.ts";
import { makeRootfs } from "../../test/rootfs.ts";
import {
  type Draft,
  type ProcessSpec,
  type Running,
  type Sandbox,
  type Snapshots,
  crunSandbox,
  findRuntime,
  openSnapshots,
  runBeside,
} from "../index.ts";

const reason = whyNoSandbox();
const never = new AbortController().signal;
const seconds = `${300_000 + process.pid}.5`;

function spec(command: string, more: Partial<ProcessSpec> = {}): ProcessSpec {
  return { args: ["sh", "-c", command], env: ["PATH=/usr/bin"], cwd: "/", uid: 1000, gid: 1000, ...more };
}

describe.skipIf(reason !== undefined)("runBeside", () => {
  let dir: ReturnType<typeof temporaryDirectory>;
  let snapshots: Snapshots;
  let sandbox: Sandbox;
  let draft: Draft;
  let running: Running;

  beforeAll(() => {
    dir = temporaryDirectory();
    snapshots = openSnapshots(`${dir.path}/store`);
    const base = snapshots.prepare([]);
    makeRootfs(base.root);
    snapshots.commit(base, "base");
    const scratch = `${dir.path}/scratch`;
    sandbox = crunSandbox({ runtime: findRuntime(testProbe(`${dir.path}/probe`)), scratch });
  });
  afterAll(() => {
    snapshots[Symbol.dispose]();
    dir[Symbol.dispose]();
  });
  beforeEach(async () => {
    draft = snapshots.prepare(["base"]);
    running = await sandbox.start(spec(`exec sleep ${seconds}`), draft.root, { network: "none" }, never);
  });
  afterEach(async () => {
    await running.kill("SIGKILL");
    await running.exited;
    draft[Symbol.dispose]();
  });

  async function beside(command: string, more: Partial<ProcessSpec> = {}, signal: AbortSignal = never) {
    const output = { stdout: "", stderr: "" };
    const onOutput = (stream: "stdout" | "stderr", chunk: Uint8Array): void => {
      output[stream] += Buffer.from(chunk).toString();
    };
    const { code } = await runBeside(running, spec(command, more), { onOutput }, signal);
    return { code, ...output };
  }

  it("tells exit code and output", async () => {
    expect(await beside("echo out; echo err >&2; exit 3")).toEqual({
      code: 3,
      stdout: "out\n",
      stderr: "err\n",
    });
  });

  it("sees the files, processes and network of the container, not of the machine", async () => {
    writeFileSync(`${draft.root}/tmp/made-later`, "x");
    const look = "ls /tmp; readlink /proc/self/ns/net; cat /proc/1/cmdline";
    const { stdout } = await beside(look);
    const container = readFileSync(`/proc/${running.pid}/cmdline`, "latin1");
    expect(stdout).toContain("made-later\n");
    expect(stdout).toContain(container);
    expect(stdout).toContain(readlinkSync(`/proc/${running.pid}/ns/net`));
    expect(stdout).not.toContain(readlinkSync("/proc/self/ns/net"));
  });

  it("has its own user, groups, directory and environment", async () => {
    const ids = { uid: 0, gid: 0, additionalGids: [2000], cwd: "/opt", env: ["PATH=/usr/bin", "A=b c"] };
    const { stdout } = await beside("id -u; id -G; pwd; echo $A", ids);
    expect(stdout).toBe("0\n0 2000\n/opt\nb c\n");
  });

  it("is held as the first process is: filtered calls, no capabilities that Docker would not give", async () => {
    const { stdout } = await beside("grep -E '^(CapEff|CapBnd|Seccomp):' /proc/self/status");
    const own = readFileSync(`/proc/${running.pid}/status`, "latin1");
    for (const name of ["CapEff", "CapBnd", "Seccomp"]) {
      const line = new RegExp(`^${name}:.*$`, "m");
      expect(line.exec(stdout)?.[0]).toBe(line.exec(own)?.[0]);
    }
    const root = await beside("mount -t tmpfs none /tmp || unshare -m true || mknod /tmp/d c 1 3", {
      uid: 0,
      gid: 0,
    });
    expect(root.code).not.toBe(0);
  });

  it.each([
    ["a name that is not on PATH", ["nonesuch"], 127],
    ["a path that does not exist", ["/bin/nonesuch"], 127],
    ["a directory", ["/tmp"], 126],
  ])("ends like a shell for %s", async (_, args, code) => {
    expect((await beside("", { args })).code).toBe(code);
    expect((await beside("true")).code).toBe(0);
  });

  it("is killed with all it started when it is cancelled, and the container goes on", async () => {
    const stop = new AbortController();
    const inner = `${seconds}7`;
    const ended = beside(`trap '' TERM; sleep ${inner} & sleep ${inner}; wait`, {}, stop.signal);
    await until("both sleep", () => processesWith(inner).length === 2);
    stop.abort();
    expect((await ended).code).toBe(137);
    await until("both are gone", () => processesWith(inner).length === 0);
    expect((await beside("true")).code).toBe(0);
  });

  it("does not wait for what it leaves in the background, which goes with the container", async () => {
    const inner = `${seconds}9`;
    const before = performance.now();
    expect((await beside(`sleep ${inner} & exit 0`)).code).toBe(0);
    expect(performance.now() - before).toBeLessThan(5_000);
    await running.kill("SIGKILL");
    await running.exited;
    expect(processesWith(inner)).toEqual([]);
  });

  it("ends with the container", async () => {
    const inner = `${seconds}8`;
    const ended = beside(`sleep ${inner}`);
    await until("it sleeps", () => processesWith(inner).length > 0);
    await running.kill("SIGKILL");
    expect((await ended).code).not.toBe(0);
  });

  it("says that the container has ended", async () => {
    await running.kill("SIGKILL");
    await running.exited;
    await expect(beside("true")).rejects.toMatchObject({
      code: "runtime-failed",
      message: expect.stringMatching(/has ended/),
    });
  });

  it("does not touch a process that is no container", async () => {
    const ended = runBeside({ pid: process.pid }, spec("true"), {}, never);
    await expect(ended).rejects.toMatchObject({ code: "runtime-failed" });
  });

  it("leaves nothing in the folder of the run", async () => {
    await beside("true");
    const [run = ""] = readdirSync(`${dir.path}/scratch`).filter((name) => name.startsWith("run-"));
    expect(readdirSync(`${dir.path}/scratch/${run}`).filter((name) => name.startsWith("beside-"))).toEqual(
      [],
    );
  });
});

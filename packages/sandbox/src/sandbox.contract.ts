import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { processesWith, until } from "../test/machine.ts";
import type { ProcessSpec, Running, Sandbox, SandboxMount, SandboxOptions } from "./sandbox.ts";
import { type Start, serviceContract } from "./service.contract.ts";
import type { Draft } from "./snapshots.ts";

export interface SandboxFixture extends Disposable {
  readonly sandbox: Sandbox;
  /** A root file system with a shell, tools, and the libraries of Node. */
  prepare(): Draft;
  /** What is left of the changes of a draft when it is committed, as paths. */
  commit(draft: Draft): readonly string[];
  /** A directory for the test's own files. */
  readonly directory: string;
  /** What the implementation cannot do, with the reason. */
  readonly unsupported: { readonly tmpfsMode?: string };
  /** Things of runs that are still there; empty when none runs. */
  leftovers(): readonly string[];
}

const never = new AbortController().signal;
const ENV = ["PATH=/usr/bin:/bin"];

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What every implementation of Sandbox keeps. */
export function sandboxContract(open: () => SandboxFixture): void {
  let fixture: SandboxFixture;
  let draft: Draft;
  let serial = 0;
  beforeAll(() => {
    fixture = open();
  });
  afterAll(() => fixture[Symbol.dispose]());
  beforeEach(() => {
    serial += 1;
    draft = fixture.prepare();
  });
  afterEach(() => {
    draft[Symbol.dispose]();
    expect(fixture.leftovers()).toEqual([]);
  });

  const spec = (args: readonly string[], more: Partial<ProcessSpec> = {}): ProcessSpec => {
    return { args, env: ENV, cwd: "/", uid: 0, gid: 0, ...more };
  };
  const start: Start = (args, options, more = {}, signal = never) =>
    fixture.sandbox.start(spec(args, more), draft.root, options, signal);
  const run = async (
    command: string | readonly string[],
    options: SandboxOptions = {},
    more: Partial<ProcessSpec> = {},
  ): Promise<Result> => {
    const output = { stdout: "", stderr: "" };
    const args = typeof command === "string" ? ["sh", "-c", command] : command;
    const onOutput: SandboxOptions["onOutput"] = (stream, chunk) => {
      output[stream] += Buffer.from(chunk).toString();
    };
    const running = await start(args, { onOutput, ...options }, more);
    const { code } = await running.exited;
    return { code, ...output };
  };
  const begin = (
    command: string,
    options: SandboxOptions = {},
    signal: AbortSignal = never,
  ): Promise<Running> => start(["sh", "-c", command], options, {}, signal);
  /** A number nobody else sleeps for. */
  const unique = (): string => `${100_000 + process.pid}.${serial}`;

  describe("the process", () => {
    it("tells its exit code and writes to two streams", async () => {
      expect(await run("echo out; echo err >&2; exit 7")).toEqual({
        code: 7,
        stdout: "out\n",
        stderr: "err\n",
      });
    });

    it("delivers all output before the end is told", async () => {
      let bytes = 0;
      const script = "i=0; while [ $i -lt 200 ]; do cat /usr/bin/dash; i=$((i+1)); done";
      const onOutput = (_: string, chunk: Uint8Array): void => void (bytes += chunk.length);
      expect((await run(script, { onOutput })).code).toBe(0);
      expect(bytes).toBe(200 * lstatSync(`${draft.root}/usr/bin/dash`).size);
    });

    it("gets the environment it is given and nothing else", async () => {
      const { stdout } = await run(["env"], {}, { env: ["PATH=/usr/bin", "A=1 2", "B="] });
      const lines = stdout.trim().split("\n");
      // Both runtimes give HOME where it is missing, as login programs do.
      expect(lines.filter((line) => !line.startsWith("HOME="))).toEqual(["PATH=/usr/bin", "A=1 2", "B="]);
    });

    it("runs as the user and groups it is given, without capabilities", async () => {
      const ids = { uid: 1000, gid: 1000, additionalGids: [2000] };
      const { stdout } = await run("id; grep CapEff /proc/self/status; touch /tmp/x || true", {}, ids);
      expect(stdout).toContain("uid=1000(user) gid=1000(user) groups=1000(user),2000(extra)");
      expect(stdout).toContain("CapEff:\t0000000000000000");
    });

    it("starts in a working directory that did not exist", async () => {
      expect(await run("pwd", {}, { cwd: "/made/here" })).toMatchObject({ stdout: "/made/here\n" });
      expect(existsSync(`${draft.upper}/made/here`)).toBe(true);
    });

    it.each([
      ["a name that is not on PATH", ["nonesuch"], 127],
      ["a path that does not exist", ["/bin/nonesuch"], 127],
      ["a script whose interpreter is missing", ["/badint"], 127],
      ["a file that may not be executed", ["/noexec"], 126],
      ["a directory", ["/tmp"], 126],
      ["a file that is no program", ["/junk"], 126],
    ])("ends like a shell for %s", async (_, args, code) => {
      writeFileSync(`${draft.root}/badint`, "#!/nonesuch\n", { mode: 0o755 });
      writeFileSync(`${draft.root}/noexec`, "#!/bin/sh\n", { mode: 0o644 });
      writeFileSync(`${draft.root}/junk`, Buffer.from([1, 2, 3, 0]), { mode: 0o755 });
      const result = await run(args);
      expect(result).toMatchObject({ code, stdout: "" });
      expect(result.stderr).not.toBe("");
    });

    it("finds the runs apart that go on at the same time", async () => {
      const results = await Promise.all([1, 2, 3, 4].map((number) => run(`echo ${number}; exit ${number}`)));
      expect(results.map(({ code, stdout }) => [code, stdout])).toEqual([
        [1, "1\n"],
        [2, "2\n"],
        [3, "3\n"],
        [4, "4\n"],
      ]);
    });
  });

  describe("ending", () => {
    it("signals the first process, which may answer", async () => {
      const marker = `${draft.root}/tmp/ready`;
      const running = await begin(`trap 'exit 7' TERM; sleep ${unique()} & touch /tmp/ready; wait`);
      await until("the trap is set", () => existsSync(marker));
      await running.kill("SIGTERM");
      expect(await running.exited).toEqual({ code: 7 });
      await running.kill("SIGTERM");
    });

    it("tells 128 + n for a signal that ended it", async () => {
      const running = await begin(`exec sleep ${unique()}`);
      await running.kill("SIGKILL");
      expect(await running.exited).toEqual({ code: 137 });
    });

    it("leaves no process of those it started", async () => {
      const seconds = unique();
      const running = await begin(`sleep ${seconds} & (sleep ${seconds} &) ; exit 3`);
      expect(await running.exited).toEqual({ code: 3 });
      expect(processesWith(seconds)).toEqual([]);
    });

    it("kills everything at once when it is cancelled", async () => {
      const seconds = unique();
      const stop = new AbortController();
      const script = `trap '' TERM; sh -c "trap '' TERM; sleep ${seconds} & sleep ${seconds}; wait" & wait`;
      const running = await begin(script, {}, stop.signal);
      await until("both sleep", () => processesWith(seconds).length === 2);
      const before = performance.now();
      stop.abort();
      expect(await running.exited).toEqual({ code: 137 });
      expect(performance.now() - before).toBeLessThan(2000);
      expect(processesWith(seconds)).toEqual([]);
      expect(existsSync(`/proc/${running.pid}`)).toBe(false);
    });

    it("does not begin what is cancelled already", async () => {
      await expect(begin("true", {}, AbortSignal.abort())).rejects.toMatchObject({ code: "aborted" });
    });

    it.each([0, 1, 2, 4, 8])("leaves nothing when it is cancelled %i ms after the start", async (delay) => {
      const seconds = unique();
      const stop = new AbortController();
      const starting = begin(`sleep ${seconds}`, {}, stop.signal);
      if (delay > 0) await sleep(delay);
      stop.abort();
      const running = await starting;
      expect(await running.exited).toEqual({ code: 137 });
      expect(processesWith(seconds)).toEqual([]);
    });
  });

  describe("the root file system", () => {
    it("is not changed by a process that changes nothing", async () => {
      await run(["true"]);
      expect(readdirSync(draft.upper)).toEqual([]);
    });

    it("is not changed by mount points it lacks", async () => {
      const source = `${fixture.directory}/source`;
      writeFileSync(source, "x");
      const mounts: SandboxMount[] = [
        { type: "tmpfs", target: "/root/.cache/deep" },
        { type: "bind", source, target: "/usr/lib/new/file", readonly: true },
        { type: "bind", source, target: "/dev/.ca/file", readonly: true },
        { type: "tmpfs", target: "/brand/new" },
      ];
      expect((await run("cat /usr/lib/new/file /dev/.ca/file", { mounts })).stdout).toBe("xx");
      expect(fixture.commit(draft)).toEqual([]);
    });

    it("keeps what the process wrote beside a mount point", async () => {
      const mounts: SandboxMount[] = [{ type: "tmpfs", target: "/new/cache" }];
      await run("touch /new/mine /new/cache/gone", { mounts });
      expect(fixture.commit(draft)).toEqual(["new", "new/mine"]);
    });

    it("keeps /etc/hosts and its like out of the changes", async () => {
      const options: SandboxOptions = { hostname: "box", extraHosts: ["10.1.2.3 other"], network: "none" };
      const { stdout } = await run("cat /etc/hosts /etc/hostname; hostname", options);
      expect(stdout).toBe(
        "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n127.0.0.1\tbox\n10.1.2.3 other\nbox\nbox\n",
      );
      expect(fixture.commit(draft)).toEqual([]);
    });

    it("mounts inside when a link of the image leads elsewhere", async () => {
      const outside = `${fixture.directory}/outside`;
      mkdirSync(outside);
      symlinkSync(outside, `${draft.root}/out`);
      symlinkSync("../../../../../run", `${draft.root}/etc/away`);
      const mounts: SandboxMount[] = [
        { type: "tmpfs", target: "/out/mounted" },
        { type: "tmpfs", target: "/etc/away/mounted" },
      ];
      const { stdout } = await run(`ls ${outside} /run`, { mounts });
      expect(stdout).toBe(`/run:\nmounted\n\n${outside}:\nmounted\n`);
      expect(readdirSync(outside)).toEqual([]);
      expect(fixture.commit(draft).filter((path) => path !== "etc")).toEqual(["etc/away", "out"]);
    });

    it("protects a read-only mount and writes through the other", async () => {
      const [one, two] = [`${fixture.directory}/ro`, `${fixture.directory}/rw`];
      for (const dir of [one, two]) mkdirSync(dir);
      const mounts: SandboxMount[] = [
        { type: "bind", source: one, target: "/ro", readonly: true },
        { type: "bind", source: two, target: "/rw", readonly: false },
      ];
      const { stderr } = await run("touch /ro/a; touch /rw/a", { mounts });
      expect(stderr).toMatch(/Read-only file system/);
      expect([readdirSync(one), readdirSync(two)]).toEqual([[], ["a"]]);
    });

    it("limits a tmpfs in size", async () => {
      const mounts: SandboxMount[] = [{ type: "tmpfs", target: "/t", sizeBytes: 4096 }];
      const { stderr } = await run("cat /usr/bin/dash > /t/a", { mounts });
      expect(stderr).toMatch(/No space left/);
    });

    it("gives a tmpfs its mode", async ({ skip }) => {
      skip(fixture.unsupported.tmpfsMode !== undefined, fixture.unsupported.tmpfsMode);
      const mounts: SandboxMount[] = [{ type: "tmpfs", target: "/t", mode: 0o700 }];
      expect((await run("stat -c %a /t", { mounts })).stdout).toBe("700\n");
    });

    it("can be read-only", async () => {
      const { code, stderr } = await run("touch /a", { readonlyRootfs: true });
      expect(code).not.toBe(0);
      expect(stderr).toMatch(/Read-only file system/);
    });

    it("lets a directory of the layers below be moved", async () => {
      const { code, stderr } = await run(
        "mv /opt/deep /opt/moved && cat /opt/moved/er/file && rm -r /opt/moved",
      );
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    });

    it("says what is wrong with a mount", async () => {
      const mounts: SandboxMount[] = [{ type: "bind", source: "/nonesuch", target: "/a", readonly: true }];
      await expect(run("true", { mounts })).rejects.toMatchObject({
        code: "runtime-failed",
        message: expect.stringContaining("/nonesuch"),
      });
    });
  });

  describe("isolation", () => {
    it("sees no process of the machine", async () => {
      const { stdout } = await run("echo $$; ls /proc | grep -c '^[0-9]'");
      const [first, count] = stdout.trim().split("\n").map(Number);
      expect(first).toBe(1);
      expect(count).toBeLessThan(5);
    });

    it.each([
      ["make a namespace", "unshare -m true"],
      ["mount", "mount -t tmpfs none /tmp"],
      ["make a device", "mknod /tmp/d c 1 3"],
      ["change the kernel", "echo 1 > /proc/sys/kernel/panic"],
    ])("may not %s as root", async (_, command) => {
      expect((await run(command)).code).not.toBe(0);
    });

    it("has its system calls filtered", async () => {
      expect((await run(["grep", "Seccomp:", "/proc/self/status"])).stdout).toBe("Seccomp:\t2\n");
    });

    it("sees nothing in a masked file", async () => {
      expect((await run("cat /proc/kcore /proc/keys /proc/timer_list")).stdout).toBe("");
    });

    it("shares the machine's network unless told not to", async () => {
      const own = readlinkSync("/proc/self/ns/net");
      expect((await run("readlink /proc/self/ns/net")).stdout.trim()).toBe(own);
      const { stdout } = await run("readlink /proc/self/ns/net; cat /proc/net/dev", { network: "none" });
      expect(stdout).not.toContain(own);
      expect([...stdout.matchAll(/^\s*(\w+):\s*\d/gm)].map(([, name]) => name)).toEqual(["lo"]);
    });
  });

  describe("a service", () => {
    serviceContract(start, unique);
  });

  it("keeps the permissions of what it made to itself", async () => {
    const secret = `${fixture.directory}/secret`;
    writeFileSync(secret, "s", { mode: 0o600 });
    chmodSync(secret, 0o600);
    const mounts: SandboxMount[] = [
      { type: "bind", source: secret, target: "/run/secrets/s", readonly: true },
    ];
    const { stderr } = await run("cat /run/secrets/s", { mounts }, { uid: 1000, gid: 1000 });
    expect(stderr).toMatch(/Permission denied/);
  });
}

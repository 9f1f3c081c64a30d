import { describe, expect, it } from "vitest";
import type { ProcessSpec, SandboxMount } from "../sandbox.ts";
import { commandFailure, lastMessage } from "./failure.ts";
import { seccompProfile } from "./seccomp.ts";
import { type SpecContext, toRuntimeSpec } from "./spec.ts";

const process: ProcessSpec = { args: ["true"], env: ["A=b"], cwd: "/w", uid: 0, gid: 0 };
const etc: SandboxMount[] = [
  { type: "bind", source: "/scratch/hosts", target: "/etc/hosts", readonly: true },
];
const context: SpecContext = { rootfs: "/r", userNamespace: false, etc, seccomp: seccompProfile("x64") };

describe("the specification of a run", () => {
  it("gives root Docker's capabilities without CAP_MKNOD, and other users none", () => {
    const root = toRuntimeSpec(process, {}, context).process.capabilities;
    expect(root.effective).toContain("CAP_CHOWN");
    expect(root.bounding).not.toContain("CAP_MKNOD");
    expect(root.bounding).not.toContain("CAP_SYS_ADMIN");
    const user = toRuntimeSpec({ ...process, uid: 1 }, {}, context).process.capabilities;
    expect(user).toEqual({ bounding: root.bounding, effective: [], permitted: [] });
  });

  it("mounts parents before what lies in them, and lets the caller replace a standard mount", () => {
    const mounts: SandboxMount[] = [
      { type: "tmpfs", target: "/a/b/c" },
      { type: "tmpfs", target: "/a" },
      { type: "bind", source: "/own/hosts", target: "/etc/hosts", readonly: true },
    ];
    const found = toRuntimeSpec(process, { mounts }, context).mounts;
    const targets = found.map(({ destination }) => destination);
    expect(targets.indexOf("/a")).toBeLessThan(targets.indexOf("/a/b/c"));
    expect(targets.indexOf("/dev")).toBeLessThan(targets.indexOf("/dev/shm"));
    expect(found.filter(({ destination }) => destination === "/etc/hosts")).toMatchObject([
      { source: "/own/hosts" },
    ]);
  });

  it("shows the machine's /sys where a user namespace may not mount one", () => {
    const { mounts } = toRuntimeSpec(process, {}, { ...context, userNamespace: true });
    expect(mounts.find(({ destination }) => destination === "/sys")).toMatchObject({
      type: "bind",
      source: "/sys",
    });
  });

  it("makes a network namespace only when asked to", () => {
    const types = (network: "host" | "none"): string[] =>
      toRuntimeSpec(process, { network }, context).linux.namespaces.map(({ type }) => type);
    expect(types("host")).toEqual(["pid", "ipc", "uts", "mount"]);
    expect(types("none")).toEqual(["pid", "ipc", "uts", "mount", "network"]);
  });
});

describe("the filter of system calls", () => {
  const { syscalls } = seccompProfile("x64");
  const allowed = new Set(
    syscalls.flatMap(({ names, action }) => (action === "SCMP_ACT_ALLOW" ? names : [])),
  );

  it.each(["read", "openat2", "execve", "chown", "ptrace", "clock_gettime64", "futex_waitv"])(
    "lets %s through",
    (name) => {
      expect(allowed.has(name)).toBe(true);
    },
  );

  it.each([
    ..."mount umount2 unshare setns pivot_root bpf keyctl add_key kexec_load init_module reboot swapon".split(
      " ",
    ),
    ..."perf_event_open userfaultfd open_by_handle_at io_uring_setup settimeofday iopl fsopen move_mount".split(
      " ",
    ),
  ])("refuses %s", (name) => {
    expect(allowed.has(name)).toBe(false);
  });

  it("lets clone through without namespaces only", () => {
    const [rule] = syscalls.filter(({ names }) => names.includes("clone"));
    expect(rule?.args).toEqual([{ index: 0, value: 0x7e02_0000, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }]);
  });

  it("names no call twice", () => {
    const names = syscalls.filter(({ args }) => args === undefined).flatMap((rule) => rule.names);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });
});

describe("what a runtime says", () => {
  it.each([
    [
      "2026-01-01T00:00:00.000000Z: error stat'ing file `/x`: No such file or directory\n",
      "error stat'ing file `/x`: No such file or directory",
    ],
    ['time="2026-01-01T00:00:00Z" level=error msg="exec: \\"x\\": not found"\n', 'exec: "x": not found'],
    ["plain words\n", "plain words"],
    ["", undefined],
  ])("is read from its log: %j", (log, expected) => {
    expect(lastMessage(log)).toBe(expected);
  });

  it.each([
    ["executable file `x` not found in $PATH: No such file or directory", 127],
    ["exec container process (missing dynamic library?) `/x`: No such file or directory", 127],
    ["open executable: Permission denied", 126],
    ["exec container process `/x`: Exec format error", 126],
    ['unable to start container process: exec: "x": executable file not found in $PATH', 127],
    ["exec /x: exec format error", 126],
    ["mount `/nonesuch`: No such file or directory", undefined],
  ])("is told apart: %j", (message, code) => {
    expect(commandFailure(message)).toBe(code);
  });
});

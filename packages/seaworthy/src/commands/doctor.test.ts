import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Check } from "@seaworthy/sandbox";
import { describe, expect, it } from "vitest";
import { testMachine } from "../../test/machine.ts";
import { doctorText } from "../doctor-text.ts";
import { commandExists } from "../machine/command-exists.ts";
import { type Installer, planMending } from "../machine/mending.ts";
import { runDoctor } from "./doctor.ts";

const missing = (name: string, fix?: readonly string[], required = true): Check => ({
  name,
  ok: false,
  required,
  found: "none",
  expected: "one",
  ...(fix === undefined ? {} : { fix }),
});
const install = (name: string): readonly string[] => ["apt-get", "install", "-y", name];
const crun = missing("OCI runtime", install("crun"));
const uidmap = missing("namespaces", install("uidmap"));
const fine: Check = { name: "git", ok: true, required: true, found: "installed", expected: "git" };

const installer = (uid: number, ...programs: readonly string[]): Installer => ({
  uid,
  has: (program) => programs.includes(program),
});

describe("planMending", () => {
  it("installs all that is missing at once, as root", () => {
    expect(planMending([crun, fine, uidmap, crun], installer(0, "apt-get"))).toEqual({
      commands: [
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "crun", "uidmap"],
      ],
      advice: [],
    });
  });

  it("goes through sudo for anybody else", () => {
    const { commands } = planMending([crun], installer(1000, "apt-get", "sudo"));
    expect(commands.at(-1)).toEqual(["sudo", "apt-get", "install", "-y", "crun"]);
  });

  it("says what to type where there is no sudo", () => {
    expect(planMending([crun], installer(1000, "apt-get"))).toEqual({
      commands: [],
      advice: ["type as root: apt-get install -y crun"],
    });
  });

  it.each([
    ["dnf", "type: dnf install -y crun shadow-utils"],
    ["apk", "type: apk add crun shadow-uidmap"],
    ["pacman", "type: pacman -S --noconfirm crun shadow"],
    ["zypper", "type: zypper install -y crun shadow"],
    ["nothing", "type: apt-get install -y crun uidmap"],
  ])("says what to type on a machine with %s", (program, line) => {
    expect(planMending([crun, uidmap], installer(0, program))).toEqual({ commands: [], advice: [line] });
  });

  it("never changes a setting of the kernel or a user by itself", () => {
    const sysctl = missing("namespaces", ["sysctl", "-w", "user.max_user_namespaces=15000"]);
    expect(planMending([sysctl], installer(0, "apt-get"))).toEqual({
      commands: [],
      advice: ["type: sysctl -w user.max_user_namespaces=15000"],
    });
  });

  it("leaves alone what is not required", () => {
    const emulator = missing("runs linux/arm64", install("qemu-user-static"), false);
    expect(planMending([emulator, fine], installer(0, "apt-get"))).toEqual({ commands: [], advice: [] });
  });
});

describe("seaworthy doctor --fix", () => {
  /** A folder for PATH with an apt that notes what it is asked and "installs" a program there. */
  function withApt(script: string) {
    const made = testMachine();
    const bin = join(made.dir, "bin");
    mkdirSync(bin);
    const log = join(made.dir, "log");
    const text = `#!/bin/sh\necho "$@" >> ${log}\n${script.replaceAll("BIN", bin)}\n`;
    writeFileSync(join(bin, "apt-get"), text, { mode: 0o755 });
    const machine = { ...made.machine, uid: 0, env: { PATH: bin } };
    return { ...made, machine, asked: () => readFileSync(log, "utf8") };
  }

  const needsGit = ({
    env,
  }: {
    readonly env: Readonly<Record<string, string | undefined>>;
  }): readonly Check[] => [commandExists("git", env) ? fine : missing("git", install("git"))];

  it("installs, looks again and keeps what apt says off stdout", async () => {
    using made = withApt(
      'if [ "$1" = install ]; then echo unpacking; : > BIN/git; /bin/chmod 755 BIN/git; fi',
    );
    const lines: string[] = [];
    const checks = await runDoctor(made.machine, { fix: true }, (line) => lines.push(line), needsGit);
    expect(made.asked()).toBe("update -qq\ninstall -y git\n");
    expect(lines).toEqual(["apt-get update -qq", "apt-get install -y git"]);
    expect(checks).toEqual([fine]);
    expect(made.said).toEqual({ stdout: "", stderr: "unpacking\n" });
  });

  it("says that it did not work and what is still missing", async () => {
    using made = withApt("exit 100");
    const lines: string[] = [];
    const checks = await runDoctor(made.machine, { fix: true }, (line) => lines.push(line), needsGit);
    expect(lines).toEqual([
      "apt-get update -qq",
      "apt-get install -y git",
      "that did not work; type it yourself to see why",
    ]);
    expect(checks[0]?.ok).toBe(false);
  });

  it("runs nothing where nothing is missing, or nobody said --fix", async () => {
    using made = withApt("exit 100");
    await runDoctor(made.machine, { fix: false }, () => undefined, needsGit);
    await runDoctor(
      made.machine,
      { fix: true },
      () => undefined,
      () => [fine],
    );
    expect(() => made.asked()).toThrow(/ENOENT/);
  });
});

describe("doctorText", () => {
  it("says what to type below what is missing", () => {
    const emulator = missing("runs linux/arm64", install("qemu-user-static"), false);
    expect(doctorText([fine, crun, emulator], installer(1000, "apt-get"))).toBe(
      [
        "✓ git: installed",
        "✗ OCI runtime: none; expected one",
        "    → as root: apt-get install -y crun",
        "- runs linux/arm64: none; expected one",
        "    → as root: apt-get install -y qemu-user-static",
      ].join("\n"),
    );
  });
});

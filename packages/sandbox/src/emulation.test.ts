import { parsePlatform } from "@seaworthy/oci";
import { describe, expect, it } from "vitest";
import { type Probe, canRun, sandboxChecks } from "./index.ts";

const AMD64 = parsePlatform("linux/amd64");
const BINFMT = "/proc/sys/fs/binfmt_misc";

/** As qemu-user-static registers its handlers: class 2, little endian, e_machine 0xb7. */
const ARM64_MAGIC = "7f454c460201010000000000000000000200b700";
const S390X_MAGIC = "7f454c4602020100000000000000000000020016";

function handler(magic: string, { flags = "OCF", state = "enabled" } = {}): string {
  return `${state}\ninterpreter /usr/bin/qemu\nflags: ${flags}\noffset 0\nmagic ${magic}\nmask ffff\n`;
}

function machine(files: Readonly<Record<string, string>>): Probe {
  const all: Record<string, string> = {};
  for (const [name, text] of Object.entries(files)) all[`${BINFMT}/${name}`] = text;
  return {
    uid: 0,
    readText: (path) => all[path],
    list: (path) => (path === BINFMT ? Object.keys(files) : []),
    which: () => undefined,
    run: () => ({ status: undefined, stdout: "", stderr: "" }),
    tryOverlay: () => "mount: unknown filesystem type 'overlay'",
  };
}

const enabled = { status: "enabled\n", register: "" };

describe("running a platform", () => {
  it.each(["linux/amd64", "linux/386"])("needs nothing for %s on amd64", (platform) => {
    expect(canRun(parsePlatform(platform), machine({}), AMD64)).toEqual({ ok: true });
  });

  it("needs a handler with flag F for another architecture, under whatever name", () => {
    const probe = machine({ ...enabled, "any-name": handler(ARM64_MAGIC) });
    expect(canRun(parsePlatform("linux/arm64"), probe, AMD64)).toEqual({ ok: true });
  });

  it("reads the machine number of a big-endian handler", () => {
    const probe = machine({ ...enabled, "qemu-s390x": handler(S390X_MAGIC) });
    expect(canRun(parsePlatform("linux/s390x"), probe, AMD64)).toEqual({ ok: true });
    expect(canRun(parsePlatform("linux/arm64"), probe, AMD64)).toMatchObject({ ok: false });
  });

  it.each([
    ["no handler", {}, "no emulator is registered"],
    ["a handler that is off", { h: handler(ARM64_MAGIC, { state: "disabled" }) }, "switched off"],
    ["handlers that are all off", { h: handler(ARM64_MAGIC), status: "disabled\n" }, "switched off"],
    ["a handler without flag F", { h: handler(ARM64_MAGIC, { flags: "" }) }, "without flag F"],
    ["a handler by file name", { h: "enabled\ninterpreter /x\nflags: F\nextension .arm64\n" }, "no emulator"],
    ["a handler cut short", { h: handler("7f454c46") }, "no emulator"],
  ])("says what is wrong with %s", (_, files, reason) => {
    expect(canRun(parsePlatform("linux/arm64"), machine({ ...enabled, ...files }), AMD64)).toEqual({
      ok: false,
      reason: expect.stringContaining(reason),
    });
  });

  it("says that another operating system is out of reach", () => {
    expect(canRun(parsePlatform("windows/amd64"), machine({}), AMD64)).toMatchObject({ ok: false });
  });
});

describe("the checks of the doctor", () => {
  it("name a fix for everything a bare machine lacks", () => {
    const checks = sandboxChecks(machine({}));
    const failing = checks.filter(({ ok, required }) => !ok && required);
    expect(failing.map(({ name }) => name)).toEqual([
      "process tools",
      "OCI runtime",
      "namespaces",
      "overlay file system",
    ]);
    expect(checks.find(({ name }) => name === "OCI runtime")?.fix).toEqual([
      "apt-get",
      "install",
      "-y",
      "crun",
    ]);
    expect(checks.find(({ name }) => name === "process tools")?.fix?.at(-1)).toBe("util-linux");
  });

  it("are content with a machine that has all", () => {
    const found: Record<string, string> = { "/proc/self/status": "CapEff:\t000001ffffffffff\n" };
    const probe: Probe = {
      ...machine({}),
      readText: (path) => found[path],
      which: (name) => `/usr/bin/${name}`,
      run: () => ({ status: 0, stdout: "crun version 1.21\ncommit: x\n", stderr: "" }),
      tryOverlay: () => undefined,
    };
    const checks = sandboxChecks(probe).filter(({ required }) => required);
    expect(checks.filter(({ ok }) => !ok)).toEqual([]);
    expect(checks.find(({ name }) => name === "OCI runtime")?.found).toBe("crun 1.21");
  });
});

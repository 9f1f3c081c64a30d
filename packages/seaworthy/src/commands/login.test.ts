import { spawn } from "node:child_process";
import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { says } from "../../../registry/test/faults.ts";
import { type FaultyRegistry, type Trouble, faultyRegistry } from "../../../registry/test/faulty-registry.ts";
import { type TestMachine, testMachine } from "../../test/machine.ts";

const BIN = fileURLToPath(new URL("../../bin/seaworthy.js", import.meta.url));
const PASSWORD = "correct horse battery";
const HEADER = `Basic ${Buffer.from(`ada:${PASSWORD}`).toString("base64")}`;
const challenge = says(401, "UNAUTHORIZED", "", { "www-authenticate": 'Basic realm="r"' });

let registry: FaultyRegistry;
let made: TestMachine;
beforeEach(async () => {
  registry = await faultyRegistry();
  made = testMachine();
});
afterEach(async () => {
  await registry[Symbol.asyncDispose]();
  made[Symbol.dispose]();
});

const config = (): string => join(made.dir, ".docker/config.json");
const kept = (): unknown => JSON.parse(readFileSync(config(), "utf8")) as unknown;

/** The registry takes ada and nobody else. */
function guard(refusal: Trouble = challenge): void {
  registry.use(({ headers: { authorization } }) => {
    if (authorization === HEADER) return undefined;
    return authorization === undefined ? challenge : refusal;
  });
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param talk what is typed after what was shown */
function run(
  command: readonly [string, ...string[]],
  talk: readonly (readonly [string, string])[],
): Promise<Ended> {
  const [file, ...args] = command;
  const env = { PATH: process.env["PATH"], HOME: made.dir, XDG_CACHE_HOME: join(made.dir, "cache") };
  const child = spawn(file, args, { cwd: made.dir, env });
  const said = { stdout: "", stderr: "" };
  const left = [...talk];
  const answer = (): void => {
    while (left[0] !== undefined && (said.stdout + said.stderr).includes(left[0][0])) {
      child.stdin.write(left.shift()![1]);
      if (left.length === 0 && file === process.execPath) child.stdin.end();
    }
  };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].on("data", (chunk: Buffer) => {
      said[name] += chunk.toString();
      answer();
    });
  }
  answer();
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, ...said })));
}

const seaworthy = (args: readonly string[], stdin = ""): Promise<Ended> =>
  run([process.execPath, BIN, ...args], [["", stdin]]);
const login = (...more: readonly string[]): Promise<Ended> =>
  seaworthy(["login", registry.host, "--username", "ada", "--password-stdin", ...more], `${PASSWORD}\n`);

/** On a terminal of its own. */
const onTerminal = (args: readonly string[], talk: readonly (readonly [string, string])[]): Promise<Ended> =>
  run(["script", "-qec", [process.execPath, BIN, ...args].join(" "), "/dev/null"], talk);

describe("seaworthy login", () => {
  it("keeps what the registry takes, where docker looks for it", async () => {
    guard();
    const { code, stdout, stderr } = await login();
    expect(stderr).toBe(`logged in to ${registry.host} as ada; kept in ${config()}, not encrypted\n`);
    expect([code, stdout]).toEqual([0, ""]);
    const auth = Buffer.from(`ada:${PASSWORD}`).toString("base64");
    expect(kept()).toEqual({ auths: { [registry.host]: { auth } } });
    expect(statSync(config()).mode & 0o777).toBe(0o600);
  });

  it("asks on a terminal and shows nothing of the password", async () => {
    guard();
    const { code, stdout } = await onTerminal(
      ["login", `http://${registry.host}/`],
      [
        ["user name: ", "ada\r"],
        ["password: ", `${PASSWORD}\r`],
      ],
    );
    expect(stdout).toContain(`logged in to ${registry.host} as ada`);
    expect(stdout).not.toContain(PASSWORD);
    expect(code).toBe(0);
    expect(kept()).toMatchObject({ auths: { [registry.host]: {} } });
  });

  it.each([
    ["Ctrl-C", "\u0003", 130, /interrupted/],
    ["Ctrl-D", "\u0004", 2, /password: nothing was said/],
  ])("ends at %s, keeping nothing", async (_, key, ends, says_) => {
    guard();
    const { code, stdout } = await onTerminal(["login", registry.host, "-u", "ada"], [["password: ", key]]);
    expect(stdout).toMatch(says_);
    expect(code).toBe(ends);
    expect(() => kept()).toThrow("ENOENT");
  });

  it("warns where the registry asks nobody, so that nothing was checked", async () => {
    const { code, stderr } = await login();
    expect(stderr).toMatch(/^warning: .* asks nobody for credentials, so these were not checked\nlogged in/);
    expect(code).toBe(0);
  });

  it.each<[string, Trouble, RegExp]>([
    [
      "refuses them",
      says(401, "UNAUTHORIZED", `no ${PASSWORD} ${HEADER}`),
      /401 UNAUTHORIZED no \[redacted\].*\n.*check the user name and the password/,
    ],
    ["denies them", says(403, "DENIED", PASSWORD), /403 DENIED \[redacted\]\n.*check the user name/],
    ["is none", says(404, "", PASSWORD), /404.*\n.*check the name: nothing at .* speaks as a registry/],
    [
      "is limited",
      says(429, "TOOMANYREQUESTS", PASSWORD, { "retry-after": "3600" }),
      /429 .*\n.*asks to wait 3600 s/,
    ],
  ])("keeps and shows nothing where the registry %s", async (_, refusal, message) => {
    registry.use(({ headers }) => (headers.authorization === undefined ? challenge : refusal));
    const { code, stderr, stdout } = await login();
    expect(stderr).toMatch(message);
    expect(stderr + stdout).not.toContain(PASSWORD);
    expect(stderr + stdout).not.toContain(HEADER);
    expect(code).toBe(1);
    expect(() => kept()).toThrow("ENOENT");
  });

  it.each<[string, readonly string[], RegExp]>([
    [
      "a password as argument",
      ["ghcr.io", "-u", "ada", "--password", PASSWORD],
      /unknown option '--password'/,
    ],
    ["a password without a name", ["ghcr.io", "--password-stdin"], /expected --username as well/],
    ["no terminal", ["ghcr.io"], /user name: there is no terminal to ask on\n.*--password-stdin/],
    ["a name with a colon", ["ghcr.io", "-u", "a:b", "--password-stdin"], /expected one without a colon/],
    ["a namespace", ["ghcr.io/acme", "-u", "ada", "--password-stdin"], /expected a host.*\n.*name ghcr\.io/],
    [
      "an empty password",
      ["ghcr.io", "-u", "ada", "--password-stdin"],
      /password: expected one, found nothing/,
    ],
  ])("refuses %s", async (_, args, message) => {
    const { code, stderr } = await seaworthy(["login", ...args]);
    expect(stderr).toMatch(message);
    expect(code).toBe(2);
  });

  it("leaves a file alone that it cannot read", async () => {
    guard();
    mkdirSync(join(made.dir, ".docker"));
    writeFileSync(config(), "{ broken");
    const { code, stderr } = await login();
    expect(stderr).toContain(`${config()}: expected a JSON object`);
    expect(code).toBe(1);
    expect(readFileSync(config(), "utf8")).toBe("{ broken");
  });
});

describe("seaworthy logout", () => {
  it("removes what login kept, and nothing else", async () => {
    guard();
    await login();
    const { auths } = kept() as { auths: object };
    writeFileSync(config(), JSON.stringify({ auths: { ...auths, "quay.io": { auth: "x" } }, other: 1 }));
    const { code, stderr } = await seaworthy(["logout", registry.host]);
    expect(stderr).toBe(`logged out of ${registry.host}; removed from ${config()}\n`);
    expect(code).toBe(0);
    expect(kept()).toEqual({ auths: { "quay.io": { auth: "x" } }, other: 1 });
  });

  it("says where there is nothing, and where something is left", async () => {
    mkdirSync(join(made.dir, ".config/containers"), { recursive: true });
    const auth = Buffer.from("ada:podman").toString("base64");
    const auths = { "ghcr.io": { auth } };
    writeFileSync(join(made.dir, ".config/containers/auth.json"), JSON.stringify({ auths }));
    const { code, stderr } = await seaworthy(["logout", "ghcr.io"]);
    expect(stderr).toBe(
      `nothing to remove: ${config()} has no credentials for ghcr.io\nwarning: other files or this CI still have credentials for ghcr.io\n`,
    );
    expect(code).toBe(0);
  });
});

import { execFileSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const PACKAGE = fileURLToPath(new URL("..", import.meta.url));

/** A folder of node_modules with what npm would put there: the packed files, and koffi with its native part. */
function install(top: string): string {
  const tarball = execFileSync("npm", ["pack", "--silent", "--pack-destination", top], {
    cwd: PACKAGE,
    encoding: "utf8",
  });
  const modules = join(top, "project/node_modules");
  mkdirSync(join(modules, "seaworthy"), { recursive: true });
  const file = tarball.trim().split("\n").at(-1)!;
  execFileSync("tar", ["-xzf", join(top, file), "-C", join(modules, "seaworthy"), "--strip-components=1"]);
  const koffi = dirname(createRequire(import.meta.url).resolve("koffi"));
  for (const name of [
    "koffi",
    ...readdirSync(join(koffi, "..", "@koromix")).map((part) => `@koromix/${part}`),
  ]) {
    cpSync(realpathSync(join(koffi, "..", name)), join(modules, name), { recursive: true });
  }
  return join(top, "project");
}

describe("what users install", () => {
  let top: string;
  let project: string;
  beforeAll(() => {
    top = mkdtempSync(join(tmpdir(), "seaworthy-"));
    project = install(top);
  });
  afterAll(() => rmSync(top, { recursive: true, force: true }));

  const seaworthy = (...args: readonly string[]) =>
    execFileSync(process.execPath, [join(project, "node_modules/seaworthy/bin/seaworthy.js"), ...args], {
      cwd: project,
      encoding: "utf8",
      env: { PATH: process.env["PATH"], HOME: top, XDG_CACHE_HOME: join(top, "cache") },
      stdio: ["ignore", "pipe", "pipe"],
    });

  it("is the bundle, its declarations and licences, and needs koffi alone", () => {
    const folder = join(project, "node_modules/seaworthy");
    expect(readdirSync(folder).toSorted()).toEqual([
      "README.md",
      "bin",
      "dist",
      "index.d.ts",
      "index.js",
      "package.json",
      "types",
    ]);
    const { dependencies } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
      dependencies: object;
    };
    expect(Object.keys(dependencies)).toEqual(["koffi"]);
    const notices = readFileSync(join(folder, "dist/third-party.txt"), "utf8");
    for (const name of ["commander", "undici", "zod", "hono", "openpgp"])
      expect(notices).toMatch(new RegExp(`^${name} \\d`, "m"));
    expect(notices).not.toMatch(/^koffi \d/m);
  });

  it("says its version", () => {
    expect(seaworthy("--version")).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it("builds a folder", () => {
    writeFileSync(join(project, "Dockerfile"), 'FROM scratch\nCOPY hello.txt /\nCMD ["/hello.txt"]\n');
    writeFileSync(join(project, "hello.txt"), "hello");
    expect(seaworthy("build", ".", "--progress", "plain")).toMatch(/^sha256:[0-9a-f]{64}\n$/);
  });

  it("looks for secrets in a thread of its own, which the bundle has too", () => {
    execFileSync("git", ["-C", project, "init", "-q"]);
    const token = ["ghp", "16C7e42F292c6912E7710c838347Ae178B4a"].join("_");
    writeFileSync(join(project, "large.txt"), `${"all is well here\n".repeat(50_000)}token=${token}\n`);
    execFileSync("git", ["-C", project, "add", "large.txt"]);
    // Found, so it ends with 3; what it found is on stdout.
    const refused = expect.objectContaining({
      status: 3,
      stdout: expect.stringContaining("large.txt:50001") as string,
    }) as unknown;
    expect(() => seaworthy("secrets")).toThrow(refused);
  });

  it("reads a config that imports it", () => {
    const config = `import { debian, defineConfig } from "seaworthy";
      export default defineConfig(() => ({
        image: "acme/app",
        bases: { "base:1": debian({ suite: "trixie", packages: ["base-files"] }) },
      }));`;
    writeFileSync(join(project, "seaworthy.config.ts"), config);
    expect(() => seaworthy("plan")).toThrow(/bases\.lock\.json: not there/);
    writeFileSync(join(project, "seaworthy.config.ts"), config.replace('"trixie"', '"trixy"'));
    expect(() => seaworthy("plan")).toThrow(/seaworthy\.config\.ts: .*trixie, found "trixy"/);
    writeFileSync(join(project, "seaworthy.config.ts"), config.replace(/bases: .*\n/, ""));
    expect(seaworthy("plan")).toMatch(/acme\/app/);
  });
});

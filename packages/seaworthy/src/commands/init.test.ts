import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { workflowFaults } from "../../test/github.ts";
import { testMachine } from "../../test/machine.ts";
import type { Pipeline } from "../init/proposal.ts";
import { lintWorkflow } from "../init/workflow-lint.ts";
import type { Ask } from "../machine/ask.ts";
import { VERSION } from "../version.ts";
import { type InitFlags, runInit } from "./init.ts";
import { runPlan } from "./release.ts";

const CONFIG = "seaworthy.config.ts";
const WORKFLOW = ".github/workflows/release.yml";
const NODE = {
  "package.json": '{"type":"module","scripts":{"test":"node --test"}}',
  "package-lock.json": "{}",
};
const WEB = { Dockerfile: "FROM scratch\nEXPOSE 8000\nUSER 1000\nCOPY . /\n" };

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A folder with files, and a repository unless `git` is false. */
function repository(
  files: Readonly<Record<string, string>>,
  { remote = "", git = true, branch = "main" } = {},
): string {
  const dir = mkdtempSync(join(tmpdir(), "seaworthy-init-"));
  folders.push(dir);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, path)), { recursive: true });
    writeFileSync(join(dir, path), text);
  }
  const run = (...args: readonly string[]): void =>
    void execFileSync("git", ["-C", dir, ...args], { stdio: "ignore" });
  const steps: readonly (readonly string[])[] = [
    ["init", "-q", "-b", branch],
    ...(remote === "" ? [] : [["remote", "add", "origin", remote]]),
    ["add", "-A"],
    ["-c", "user.name=x", "-c", "user.email=x@example.org", "commit", "-q", "--allow-empty", "-m", "x"],
  ];
  for (const step of git ? steps : []) run(...step);
  return dir;
}

async function init(dir: string, pipelines: readonly Pipeline[] = [], flags: InitFlags = {}, ask?: Ask) {
  using made = testMachine({ cwd: dir });
  const refused = await runInit(made.machine, pipelines, flags, ask);
  return { refused, ...made.said };
}

const read = (dir: string, path: string): string => readFileSync(join(dir, path), "utf8");

async function planned(dir: string) {
  using made = testMachine({ cwd: dir });
  return await runPlan(made.machine, {}, new AbortController().signal);
}

describe("init, in a repository", () => {
  it.each<[string, Readonly<Record<string, string>>, object, RegExp, RegExp]>([
    [
      "of Node, on GitHub, with upper case in its owner",
      { ...WEB, ...NODE },
      { remote: "git@github.com:Acme/Web-App.git" },
      /npm \(package-lock\.json\), tested by: npm test/,
      /image: "ghcr\.io\/acme\/web-app"/,
    ],
    [
      "of Python, on GitLab",
      { ...WEB, "pyproject.toml": "pytest", "uv.lock": "" },
      { remote: "https://user:secret@gitlab.com/Group/Sub/App.git" },
      /uv \(uv\.lock\), tested by: uv run --locked pytest/,
      /image: "registry\.gitlab\.com\/group\/sub\/app"/,
    ],
    [
      "of Go, with no remote",
      { ...WEB, "go.mod": "module x" },
      {},
      /go \(go\.mod\), tested by: go test/,
      /\/\/ image: /,
    ],
    [
      "of Rust, on a forge with a registry nobody knows",
      { ...WEB, "Cargo.toml": "" },
      { remote: "ssh://git@git.example.org:2222/a/b.git" },
      /https:\/\/git\.example\.org\/a\/b/,
      /\/\/ image: /,
    ],
    [
      "with several Dockerfiles",
      { ...WEB, "a/Dockerfile": "FROM scratch\n", "b/Dockerfile": "FROM scratch\n" },
      {},
      /2 more: a\/Dockerfile, b\/Dockerfile/,
      /Also here: "a\/Dockerfile", "b\/Dockerfile"/,
    ],
    ["with no Dockerfile", { "README.md": "" }, {}, /no Dockerfile/, /No Dockerfile was found/],
    [
      "with a Dockerfile that does not parse",
      { Dockerfile: "FROM scratch\nRUNN x\n" },
      {},
      /does not parse: Dockerfile:2/,
      /verify/,
    ],
    ["that is none", WEB, { git: false }, /no remote origin/, /\/\/ image: /],
    ["without a commit yet", {}, { git: false }, /no Dockerfile/, /verify/],
  ])("%s, says what it found and writes a config that loads", async (_, files, options, found, config) => {
    const dir = repository(files, options);
    const { refused, stdout, stderr } = await init(dir);
    expect(refused).toEqual([]);
    const [name = ""] = readdirSync(dir).filter((entry) => entry.startsWith("seaworthy.config"));
    expect(stdout).toBe(`created   ${name}\ncreated   .dockerignore\n`);
    expect(stderr).toMatch(found);
    expect(stderr).not.toMatch(/secret/);
    expect(read(dir, name)).toMatch(config);
  });

  it("makes what a release can plan with", async () => {
    const dir = repository({ ...WEB, ...NODE });
    await init(dir, ["github"]);
    const { platforms, name, checks } = await planned(dir);
    expect(platforms.map(({ platform }) => platform)).toEqual(["linux/amd64", "linux/arm64"]);
    expect(name).toMatch(/^127\.0\.0\.1:5000\/seaworthy-init-/);
    expect(checks.join()).toMatch(/starts/);
  });

  it("works from a folder inside, and writes at the root", async () => {
    const dir = repository({ ...WEB, "deep/down/x": "" });
    await init(join(dir, "deep/down"), ["github"]);
    expect(existsSync(join(dir, WORKFLOW))).toBe(true);
    expect(readdirSync(join(dir, "deep/down"))).toEqual(["x"]);
  });

  it("reads remote and branch before there is a commit", async () => {
    const dir = repository({}, { git: false });
    execFileSync("git", ["-C", dir, "init", "-q", "-b", "trunk"]);
    execFileSync("git", ["-C", dir, "remote", "add", "origin", "git@github.com:acme/new.git"]);
    const { stderr } = await init(dir, ["github"]);
    expect(stderr).toMatch(
      /https:\/\/github\.com\/acme\/new, default branch trunk\n.*image ghcr\.io\/acme\/new/s,
    );
    expect(read(dir, WORKFLOW)).toMatch(/branches: \["trunk", "develop"\]/);
  });

  it("keeps what a build copies out of the .dockerignore, and writes none where there is one", async () => {
    const dir = repository({ ...WEB, "Dockerfile.dockerignore": "*" });
    expect((await init(dir)).stdout).toBe(`created   ${CONFIG}\n`);
    const other = repository({ "api/Dockerfile": "FROM scratch\nCOPY go.mod /\n", "api/go.mod": "" });
    expect((await init(other)).stdout).toBe(`created   ${CONFIG}\ncreated   api/.dockerignore\n`);
    expect(read(other, CONFIG)).toMatch(/context: "api"/);
  });
});

describe("init with pipelines", () => {
  it("writes them beside a config for both architectures, with the version that wrote them", async () => {
    const dir = repository({ ...WEB, ...NODE }, { remote: "git@github.com:acme/app.git" });
    const { stdout } = await init(dir, ["github", "gitlab", "github"]);
    expect(stdout).toBe(
      `created   ${CONFIG}\ncreated   .dockerignore\ncreated   ${WORKFLOW}\ncreated   .gitlab-ci.yml\n`,
    );
    const workflow = read(dir, WORKFLOW);
    expect(await workflowFaults(workflow)).toEqual([]);
    expect(lintWorkflow(workflow)).toEqual([]);
    expect(workflow).toContain(`npx --yes seaworthy@${VERSION} release`);
    expect(workflow).toContain("run: npm ci\n");
    expect(workflow).toContain("ubuntu-24.04-arm");
    expect(read(dir, ".gitlab-ci.yml")).toContain(
      `npx --yes seaworthy@${VERSION} release --image "$CI_REGISTRY_IMAGE"`,
    );
    expect(read(dir, CONFIG)).toMatch(/^ {2}platforms: \["linux\/amd64", "linux\/arm64"\]/m);
  });

  it("takes the platforms from the config that is there, and leaves it alone", async () => {
    const dir = repository({ ...WEB, [CONFIG]: 'export default { platforms: ["linux/arm64"] };\n' });
    const { stdout } = await init(dir, ["github"]);
    expect(stdout).toBe(`created   .dockerignore\ncreated   ${WORKFLOW}\n`);
    expect(read(dir, WORKFLOW)).toMatch(/runs-on: ubuntu-24\.04-arm\n/);
    expect(read(dir, WORKFLOW)).not.toMatch(/--partial/);
  });

  it.each([
    [
      "a config that scans lets the one job that moves tags write alerts",
      "scan: {}",
      /^ {6}security-events: write/gm,
      1,
    ],
    ["any other leaves that right a comment", "secrets: true", /^ {6}security-events: write/gm, 0],
  ])("%s", async (_, more, right, times) => {
    const dir = repository({ ...WEB, [CONFIG]: `export default { image: "ghcr.io/a/b", ${more} };` });
    await init(dir, ["github"]);
    const text = read(dir, WORKFLOW);
    expect(text.match(right) ?? []).toHaveLength(times);
    expect(text.match(/# security-events: write #/g) ?? []).toHaveLength(1 - times);
    expect(lintWorkflow(text)).toEqual([]);
  });

  it("runs what a lock file installs, as it is locked", async () => {
    const manifest = '{"type":"module","devDependencies":{"seaworthy":"1.0.0"}}';
    const dir = repository({ ...WEB, "package.json": manifest, "pnpm-lock.yaml": "" });
    await init(dir, ["github"]);
    expect(read(dir, WORKFLOW)).toMatch(/pnpm install --frozen-lockfile/);
    expect(read(dir, WORKFLOW)).toMatch(/run: pnpm exec seaworthy release/);
    expect(lintWorkflow(read(dir, WORKFLOW))).toEqual([]);
  });

  it("says of a config what is wrong with it", async () => {
    const dir = repository({ ...WEB, [CONFIG]: "export default { platforms: 1 };\n" });
    await expect(init(dir, ["github"])).rejects.toMatchObject({
      code: "config",
      message: expect.stringMatching(/platforms/) as unknown,
    });
    expect(existsSync(join(dir, WORKFLOW))).toBe(false);
  });

  it("is not led astray by a config of a folder above", async () => {
    const dir = repository(
      { [CONFIG]: "export default 5;\n", "inner/Dockerfile": "FROM scratch\n" },
      { git: false },
    );
    expect((await init(join(dir, "inner"))).stdout).toContain(`created   ${CONFIG}\n`);
  });
});

describe("a file that differs", () => {
  const MINE = "# mine\nname: release\n";
  const differing = (): string =>
    repository({ ...WEB, [WORKFLOW]: MINE, [CONFIG]: "export default {};\n", ".dockerignore": "" });

  it("is kept and shown where nobody can be asked", async () => {
    const dir = differing();
    const { refused, stdout, stderr } = await init(dir, ["github"]);
    expect(refused).toEqual([WORKFLOW]);
    expect(stdout).toBe(`kept      ${WORKFLOW}\n`);
    expect(stderr).toMatch(
      /^--- a\/\.github\/workflows\/release\.yml\n\+\+\+ b\/\.github\/workflows\/release\.yml\n@@ /m,
    );
    expect(stderr).toMatch(/^-# mine\n/m);
    expect(read(dir, WORKFLOW)).toBe(MINE);
  });

  it.each<[string, boolean, string]>([
    ["replaced", true, ""],
    ["kept", false, MINE],
  ])("is %s as the person who is asked says", async (said, answer, text) => {
    const dir = differing();
    const questions: string[] = [];
    const ask: Ask = (question) => {
      questions.push(question);
      return Promise.resolve(answer);
    };
    const { refused, stdout } = await init(dir, ["github"], {}, ask);
    expect(questions).toEqual([`replace ${WORKFLOW}?`]);
    expect(refused).toEqual([]);
    expect(stdout).toBe(`${said.padEnd(9)} ${WORKFLOW}\n`);
    expect(read(dir, WORKFLOW).startsWith(text)).toBe(true);
    expect(read(dir, WORKFLOW) === MINE).toBe(!answer);
  });

  it("is replaced with force, keeps its mode, and leaves no draft behind", async () => {
    const dir = differing();
    chmodSync(join(dir, WORKFLOW), 0o600);
    expect((await init(dir, ["github"], { force: true })).stdout).toBe(`replaced  ${WORKFLOW}\n`);
    expect(statSync(join(dir, WORKFLOW)).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(dir, ".github/workflows"))).toEqual(["release.yml"]);
  });

  it("only in its line ends does not differ, and a second run changes nothing", async () => {
    const dir = repository(WEB);
    await init(dir, ["github", "gitlab"]);
    writeFileSync(join(dir, WORKFLOW), read(dir, WORKFLOW).replaceAll("\n", "\r\n"));
    const again = await init(dir, ["github", "gitlab"]);
    expect(again.stdout).toBe(`unchanged ${WORKFLOW}\nunchanged .gitlab-ci.yml\n`);
    expect((await init(dir)).stdout).toBe(`unchanged ${CONFIG}\n`);
  });

  it("can be a config of another name: init alone proposes a new one in its place", async () => {
    const dir = repository({ ...WEB, "seaworthy.config.mjs": "export default {};\n", ".dockerignore": "" });
    expect((await init(dir)).stdout).toBe("kept      seaworthy.config.mjs\n");
  });
});

describe("a dry run", () => {
  it("prints a patch that git takes, and writes nothing", async () => {
    const dir = repository({ ...WEB, ...NODE, ".gitlab-ci.yml": "old: true\n" });
    const before = readdirSync(dir);
    const { refused, stdout } = await init(dir, ["github", "gitlab"], { dryRun: true });
    expect({ refused, files: readdirSync(dir) }).toEqual({ refused: [], files: before });
    execFileSync("git", ["-C", dir, "apply"], { input: stdout });
    expect((await init(dir, ["github", "gitlab"])).stdout).toBe(
      `unchanged ${WORKFLOW}\nunchanged .gitlab-ci.yml\n`,
    );
    expect((await init(dir, ["github", "gitlab"], { dryRun: true })).stdout).toBe("");
  });
});

describe("a repository that somebody else wrote", () => {
  it.each<[string, (dir: string, outside: string) => void]>([
    ["a folder that is a link out of it", (dir, outside) => symlinkSync(outside, join(dir, ".github"))],
    ["a link to the folder above", (dir) => symlinkSync("..", join(dir, ".github"))],
    [
      "a file that is a link out of it",
      (dir, outside) => symlinkSync(join(outside, "x"), join(dir, ".gitlab-ci.yml")),
    ],
    ["a link in circles", (dir) => symlinkSync(".github", join(dir, ".github"))],
  ])("with %s gets nothing written, neither there nor elsewhere", async (_, link) => {
    const outside = repository({}, { git: false });
    const dir = repository(WEB);
    link(dir, outside);
    await expect(init(dir, ["github", "gitlab"], { force: true })).rejects.toMatchObject({
      code: "config",
      message: expect.stringMatching(
        /^\.git(?:hub\/workflows\/release|lab-ci)\.yml: a link leads out/,
      ) as unknown,
    });
    expect(readdirSync(outside)).toEqual([]);
    expect(existsSync(join(dir, CONFIG))).toBe(false);
  });

  it("may have links inside, which are followed", async () => {
    const dir = repository({ ...WEB, "ci/x": "" });
    symlinkSync("ci", join(dir, ".github"));
    await init(dir, ["github"]);
    expect(existsSync(join(dir, "ci/workflows/release.yml"))).toBe(true);
  });

  it("is not read outside: a link to a Dockerfile elsewhere is none, nor is what it copies from there", async () => {
    const outside = repository({ Dockerfile: "FROM scratch\nEXPOSE 1\n" }, { git: false });
    const dir = repository({ "api/Dockerfile": "FROM scratch\nCOPY ../../etc/passwd /\n" });
    symlinkSync(join(outside, "Dockerfile"), join(dir, "Dockerfile"));
    symlinkSync(outside, join(dir, "more"));
    const { stderr } = await init(dir);
    expect(stderr).toMatch(/^found {2}api\/Dockerfile/);
    expect(stderr).not.toMatch(/more/);
  });

  it("cannot move the terminal by the name of a file", async () => {
    const dir = repository({ "a\u001b[2J\nb/Dockerfile": "FROM scratch\n" });
    const { stderr } = await init(dir);
    expect(stderr).not.toContain("\u001b");
    expect(stderr.split("\n")[0]).toContain("Dockerfile");
  });

  it("has no file replaced that is none, or too large to be a person's", async () => {
    const dir = repository(WEB);
    mkdirSync(join(dir, ".gitlab-ci.yml"));
    await expect(init(dir, ["gitlab"], { force: true })).rejects.toMatchObject({ code: "config" });
    const other = repository({ ...WEB, ".gitlab-ci.yml": "x".repeat((1 << 20) + 1) });
    await expect(init(other, ["gitlab"], { force: true })).rejects.toMatchObject({ code: "config" });
  });
});

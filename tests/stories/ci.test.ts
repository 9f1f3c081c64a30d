import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { commandsIn, outputsIn } from "../../packages/seaworthy/test/github-runner.ts";
import { seaworthy } from "../support/cli.ts";
import { DOCKERFILE, type Project, SERVER, copySmallRoot, makeProject } from "../support/project.ts";

const CONFIG = `export default {
  image: "acme/web",
  verify: { services: [{ name: "web", args: ["web"], http: { port: 8000, path: "/health" } }] },
};
`;

const HOSTILE = [
  "::error file=x::owned",
  "  ::add-mask::main",
  "x ##[set-output name=digest]evil",
  "::stop-commands::forever",
  "::group::lost",
];
const SAYS = `RUN printf '%s\\n' ${HOSTILE.map((line) => `'${line}'`).join(" ")}`;

/** The job's folder is the one above, as in a repository of several images. */
async function onGitHub(project: Project) {
  const top = join(project.dir, "..");
  const [outputs, summary] = [join(top, "output"), join(top, "summary.md")];
  for (const file of [outputs, summary]) writeFileSync(file, "");
  const head = ["-C", project.dir, "rev-parse", "HEAD"];
  const env = {
    ...project.env,
    GITHUB_ACTIONS: "true",
    GITHUB_EVENT_NAME: "push",
    GITHUB_REF: "refs/heads/main",
    GITHUB_SHA: execFileSync("git", head, { encoding: "utf8" }).trim(),
    GITHUB_REPOSITORY: "Acme/Web",
    GITHUB_WORKSPACE: top,
    GITHUB_OUTPUT: outputs,
    GITHUB_STEP_SUMMARY: summary,
  };
  const outcome = await seaworthy(["release"], { cwd: project.dir, env });
  return {
    ...outcome,
    commands: commandsIn(outcome.stderr),
    outputs: outputsIn(readFileSync(outputs, "utf8")),
    summary: readFileSync(summary, "utf8"),
  };
}

describe("a release on GitHub", () => {
  it("hands its digest on, folds its log and shows what it did", async () => {
    const file = DOCKERFILE.replace("RUN echo", `${SAYS}\nRUN echo`);
    using project = makeProject({
      Dockerfile: file,
      "server.pl": SERVER,
      "seaworthy.config.ts": CONFIG,
    });
    copySmallRoot(join(project.dir, "root"));
    project.commit();
    const { code, stdout, stderr, commands, outputs, summary } = await onGitHub(project);
    expect(stderr).toContain("released in");
    expect(code).toBe(0);
    const reference = stdout.trim();
    const [name, digest] = reference.split("@");
    expect(outputs).toEqual({
      digest,
      reference,
      version: expect.stringMatching(/^main-[0-9a-f]{7}$/) as unknown,
      tags: `${name}:${outputs["version"]}\n${name}:main\n${name}:latest`,
    });
    const groups = commands.filter(({ name: what }) => what === "group").map(({ data }) => data);
    expect(groups).toEqual(expect.arrayContaining(["build", "verify", "publish"]));
    expect(new Set(commands.map(({ name: what }) => what))).toEqual(new Set(["group", "endgroup"]));
    for (const line of HOSTILE) expect(stderr).toContain(line.replace("##[", "##[\\"));
    expect(summary).toMatch(/^## ✅ Released `127\.0\.0\.1:5000\/acme\/web` `main-[0-9a-f]{7}`\n/);
    expect(summary).toContain("\n| `latest` | new | ");
    expect(summary).toMatch(/\n\| `linux\/amd64` \| [\d.]+ MB \| ✅ passed \| [\d.]+ m?s \| [\d.]+ MB \|\n/);
    expect(summary).toMatch(/```mermaid\ngantt\n[^`]* section verify\n/);
  });

  it("points at the line that failed, and what the step printed stays text", async () => {
    using project = makeProject({
      "docker/Dockerfile": `FROM scratch\nCOPY root/ /\n${SAYS}; exit 3\n`,
      "seaworthy.config.ts": 'export default { image: "acme/web", dockerfile: "docker/Dockerfile" };',
    });
    copySmallRoot(join(project.dir, "root"));
    project.commit();
    const { code, stdout, commands, outputs, summary, stderr } = await onGitHub(project);
    expect(code).toBe(1);
    expect(stdout).toBe("");
    expect(outputs).toEqual({});
    expect(commands).toEqual([
      { name: "group", properties: {}, data: "build" },
      { name: "endgroup", properties: {}, data: "" },
      {
        name: "error",
        properties: { file: "project/docker/Dockerfile", line: "3", title: "build failed" },
        data: expect.stringMatching(/^docker\/Dockerfile:3: RUN exited 3\n→ mend the command/) as unknown,
      },
    ]);
    expect(stderr).toContain("\n  \\::error file=x::owned\n");
    expect(summary).toMatch(
      /^## ❌ Failed in `build` after [^\n]+\n\n```text\ndocker\/Dockerfile:3: RUN exited 3\n/,
    );
    expect(summary).toContain("\n**Next:** `mend the command;");
  });

  it("points at the config where that is wrong", async () => {
    using project = makeProject({
      Dockerfile: "FROM scratch\n",
      "seaworthy.config.ts": "export default { imgae: 1 };",
    });
    project.commit();
    const { code, commands, summary } = await onGitHub(project);
    expect(code).toBe(2);
    expect(commands).toEqual([
      {
        name: "error",
        properties: { file: "project/seaworthy.config.ts", title: "seaworthy failed" },
        data: "seaworthy.config.ts: imgae: unknown field\n→ mend the config and run the command again",
      },
    ]);
    expect(summary).toMatch(/^## ❌ Failed after /);
  });
});

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { gitIn } from "./git.ts";

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "seaworthy-git $(x) ' "));
  execFileSync("git", ["-C", dir, "init", "-q", "-b", "main"]);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const ENV = { PATH: process.env["PATH"], HOME: "/nonexistent" };

describe("gitIn", () => {
  it("answers each of what is asked in one breath by itself, failures too", async () => {
    writeFileSync(join(dir, "new"), "");
    const git = gitIn(dir, ENV);
    const [status, none, branch] = await Promise.all([
      git(["status", "--porcelain"]),
      git(["rev-parse", "--verify", "HEAD"]),
      git(["symbolic-ref", "--short", "HEAD"]),
    ]);
    expect(status).toEqual({ ok: true, out: "?? new", problem: "" });
    expect(none).toMatchObject({ ok: false, out: "", problem: expect.stringContaining("fatal: ") });
    expect(branch).toEqual({ ok: true, out: "main", problem: "" });
    expect(await git(["rev-parse", "--is-shallow-repository"])).toMatchObject({ ok: true, out: "false" });
  });

  it("asks what a shell would take for its own as it is written", async () => {
    const git = gitIn(dir, ENV);
    const words = ["$(touch gone); `touch gone` $HOME", "'\"\n*", "-n"];
    const answers = await Promise.all(words.map((word) => git(["config", "--default", word, "no.such"])));
    expect(answers.map(({ out }) => out)).toEqual(words.map((word) => word.trimEnd()));
    expect(await git(["status", "--porcelain"])).toMatchObject({ out: "" });
  });

  it("answers more than one shell has room for", async () => {
    const git = gitIn(dir, ENV);
    const words = Array.from({ length: 9 }, (_, at) => `word${at}`);
    const answers = await Promise.all(words.map((word) => git(["config", "--default", word, "no.such"])));
    expect(answers).toEqual(words.map((out) => ({ ok: true, out, problem: "" })));
  });

  it("takes ten thousand ids", async () => {
    const ids = Array.from({ length: 10_000 }, (_, at) => at.toString(16).padStart(12, "0"));
    expect(await gitIn(dir, ENV)(["rev-parse", "--sq-quote", ...ids])).toMatchObject({
      ok: true,
      out: ids
        .map((id) => ` '${id}'`)
        .join("")
        .trimEnd(),
    });
  });

  it("ends what prints more than anybody asked for", async () => {
    execFileSync("sh", ["-c", "yes | head -c 17000000 > big"], { cwd: dir });
    const asked = gitIn(dir, ENV)(["diff", "--no-index", "/dev/null", "big"]);
    await expect(asked).rejects.toMatchObject({ code: "unmet", message: "git: printed more than 16 MiB" });
  });

  it.each([1, 2])("says what to do where there is no git, asked %s at once", async (count) => {
    const empty = join(dir, "empty");
    mkdirSync(empty);
    const git = gitIn(dir, { PATH: empty });
    const asked = Promise.all(Array.from({ length: count }, () => git(["status"])));
    await expect(asked).rejects.toMatchObject({
      code: "unmet",
      message: "git: cannot be started (ENOENT)",
      hint: 'run "seaworthy doctor --fix"',
    });
  });
});

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ProgressEvent } from "@seaworthy/builder";
import { parseDigest } from "@seaworthy/oci";
import { rememberPassed, recallPassed, testKey } from "./remembered.ts";
import { havePassed, runTests } from "./run-tests.ts";
import type { RunCommand, TestCommand, TestPlan } from "./test.ts";
import { testRefusal, testStatement } from "./evidence.ts";

let dir: string;
let events: ProgressEvent[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "seaworthy-"));
  events = [];
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const test = (name: string, more: Partial<TestCommand> = {}): TestCommand => ({
  name,
  run: [name],
  cwd: dir,
  env: {},
  timeout: 10_000,
  always: false,
  ...more,
});

/** Commands by their first word: what they print and end with. `hang` ends when it is told to. */
const command: RunCommand = async ({ run: [word] }, onOutput, signal) => {
  onOutput("stdout", Buffer.from(`${word} says hello\n`));
  signal.throwIfAborted();
  if (word === "hang") {
    await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  }
  if (word === "absent") throw new Error("not there");
  return { code: word === "fail" ? 3 : 0 };
};

const run = (plan: TestPlan, signal = new AbortController().signal) =>
  runTests(plan, {
    command,
    logs: join(dir, "logs"),
    parallel: 2,
    progress: (event) => void events.push(event),
    signal,
  });

describe("tests before the build", () => {
  it("pass where every command ends with 0, and keep what each wrote", async () => {
    const results = await run([[test("lint")], [test("unit"), test("end to end")]]);
    expect(havePassed(results)).toBe(true);
    expect(results.map(({ name, status }) => `${name} ${status}`)).toEqual([
      "lint passed",
      "unit passed",
      "end to end passed",
    ]);
    expect(readFileSync(join(dir, "logs", "end-to-end.log"), "utf8")).toBe("end to end says hello\n");
  });

  it("run to the end within a group, and start no group after one that failed", async () => {
    const results = await run([[test("fail"), test("unit")], [test("late")]]);
    expect(results).toMatchObject([
      { name: "fail", status: "failed", problem: "exit code 3, expected 0", output: ["fail says hello"] },
      { name: "unit", status: "passed" },
      { name: "late", status: "not-run" },
    ]);
    expect(existsSync(join(dir, "logs", "late.log"))).toBe(false);
    expect(havePassed(results)).toBe(false);
  });

  it("fail where a command does not end in time", async () => {
    const [result] = await run([[test("hang", { timeout: 20 })]]);
    expect(result).toMatchObject({
      status: "failed",
      problem: "still running after 20 ms, expected to have ended",
    });
  });

  it("stop with the release, without a result", async () => {
    const stop = new AbortController();
    const running = run([[test("hang")]], stop.signal);
    stop.abort();
    await expect(running).rejects.toMatchObject({ name: "AbortError" });
  });

  it("say that a command cannot be started", async () => {
    await expect(run([[test("absent")]])).rejects.toThrow("not there");
  });

  it("keep the logs of two names apart and inside their folder", async () => {
    await run([[test("../../x"), test("..")]]);
    expect(readFileSync(join(dir, "logs", "..%2F..%2Fx.log"), "utf8")).toContain("hello");
    expect(readFileSync(join(dir, "logs", "_.log"), "utf8")).toContain("hello");
  });

  it("are refused with what was found and allowed, the last lines, and what did not run", async () => {
    const refusal = testRefusal(await run([[test("fail")], [test("late")]]));
    expect(refusal.code).toBe("refused");
    expect(refusal.message.replaceAll(dir, "")).toBe(
      [
        "tests: found 1 of 2 failed, allowed 0",
        "  fail (fail): exit code 3, expected 0",
        "    | fail says hello",
        "    all of it: /logs/fail.log",
        "  not run after that: late",
      ].join("\n"),
    );
  });
});

describe("what passed before", () => {
  const plan: TestPlan = [[test("unit")]];
  const clean = { revision: "4b35282aa0f7c0d3b0e6b1f4f8c5f1c7d2e3a4b5", dirty: false };

  it("is found again for the same commit and commands", async () => {
    const key = testKey(plan, clean)!;
    const results = await run(plan);
    await rememberPassed(dir, key, results);
    expect(recallPassed(dir, key)).toEqual(results);
  });

  it.each<[string, string | undefined]>([
    ["another commit", testKey(plan, { ...clean, revision: "f".repeat(40) })],
    ["other commands", testKey([[test("unit", { env: { A: "b" } })]], clean)],
  ])("says nothing of %s", (_, key) => {
    expect(key).toBeTypeOf("string");
    expect(key).not.toBe(testKey(plan, clean));
  });

  it.each<[string, string | undefined]>([
    ["changed files", testKey(plan, { ...clean, dirty: true })],
    ["no commit", testKey(plan, { dirty: false })],
    ["a command that always runs", testKey([[test("unit", { always: true })]], clean)],
  ])("is not kept for %s", (_, key) => expect(key).toBeUndefined());

  it.each(["", "{}", "null", '[{"name":"unit","run":["x"],"status":"failed","ms":1}]', "[1"])(
    "is nothing where the file holds %j",
    async (text) => {
      await rememberPassed(dir, "key", []);
      writeFileSync(join(dir, "key.json"), text);
      expect(recallPassed(dir, "key")).toBeUndefined();
    },
  );
});

it("the statement is in-toto's test result about the digest and the commit", async () => {
  const results = await run([[test("unit")]]);
  const target = { mediaType: "x", size: 1, digest: parseDigest(`sha256:${"a".repeat(64)}`) };
  const source = {
    revision: "4b35282aa0f7c0d3b0e6b1f4f8c5f1c7d2e3a4b5",
    dirty: false,
    url: "https://example.org/a",
  };
  expect(testStatement({ name: "acme/app", target, source, results })).toMatchObject({
    predicateType: "https://in-toto.io/attestation/test-result/v0.1",
    subject: [{ name: "acme/app", digest: { sha256: "a".repeat(64) } }],
    predicate: {
      result: "PASSED",
      configuration: [{ uri: "https://example.org/a", digest: { gitCommit: source.revision } }],
      passedTests: ["unit"],
      failedTests: [],
    },
  });
});

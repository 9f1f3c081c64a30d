import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { commandsOf } from "./command.ts";

const env = {
  PATH: process.env["PATH"],
  HOME: "/root",
  GITHUB_TOKEN: "ghs_x",
  ACTIONS_ID_TOKEN_REQUEST_TOKEN: "y",
};
const run = commandsOf({ env });
const { signal } = new AbortController();

async function output(
  args: readonly string[],
  more: Readonly<Record<string, string>> = {},
  until: AbortSignal = signal,
): Promise<{ readonly code: number; readonly text: string }> {
  let text = "";
  const { code } = await run(
    { run: args, cwd: "/", env: more },
    (_, chunk) => (text += Buffer.from(chunk)),
    until,
  );
  return { code, text };
}

/** proc(5), /proc/pid/stat; one that nobody has asked about yet is a zombie. */
function stateOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, "latin1").replace(/^.*\) /s, "")[0] ?? "";
  } catch {
    return "gone";
  }
}

describe("a command of the repository", () => {
  it("gives what it wrote and its exit code", async () => {
    expect(await output(["sh", "-c", "echo out; echo err >&2; exit 7"])).toEqual({
      code: 7,
      text: "out\nerr\n",
    });
  });

  it("does not see what publishes, unless the config hands it over", async () => {
    expect((await output(["sh", "-c", "echo $GITHUB_TOKEN$ACTIONS_ID_TOKEN_REQUEST_TOKEN-$HOME"])).text).toBe(
      "-/root\n",
    );
    expect((await output(["sh", "-c", "echo $GITHUB_TOKEN"], { GITHUB_TOKEN: "asked for" })).text).toBe(
      "asked for\n",
    );
  });

  it("takes what it started with it when it is stopped", async () => {
    const stop = new AbortController();
    let pid = 0;
    const running = run(
      { run: ["sh", "-c", "sleep 60 & echo $!; wait"], cwd: "/", env: {} },
      (_, chunk) => {
        pid = Number(Buffer.from(chunk).toString());
        stop.abort();
      },
      stop.signal,
    );
    await expect(running).rejects.toMatchObject({ name: "AbortError" });
    expect(pid).toBeGreaterThan(1);
    await expect.poll(() => stateOf(pid)).toMatch(/gone|Z/);
  });

  it("is over when it ends, whatever it left running", async () => {
    const { code, text } = await output(["sh", "-c", "sleep 60 & echo done"]);
    expect({ code, text }).toEqual({ code: 0, text: "done\n" });
  });

  it("ends with the signal's exit code where it was killed", async () => {
    expect((await output(["sh", "-c", "kill -KILL $$"])).code).toBe(137);
  });

  it.each([
    ["is not there", { run: ["no-such-program"], cwd: "/" }, /command no-such-program.*not there/],
    ["has no folder", { run: ["true"], cwd: "/no/such/folder" }, /command true.*cannot be started/],
  ])("that %s is named", async (_, what, message) => {
    await expect(run({ ...what, env: {} }, () => undefined, signal)).rejects.toMatchObject({
      code: "config",
      message: expect.stringMatching(message),
    });
  });
});

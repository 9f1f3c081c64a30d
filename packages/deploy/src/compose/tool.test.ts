import type { RunCommand } from "@seaworthy/release";
import { describe, expect, it } from "vitest";
import { openTool } from "./tool.ts";

const { signal } = new AbortController();
const settings = { root: "/", environment: "production", files: [] };

/** A command that says these, in these pieces. */
const saying =
  (code: number, ...pieces: readonly (readonly ["stdout" | "stderr", string | Uint8Array])[]): RunCommand =>
  async (_, onOutput) => {
    for (const [stream, piece] of pieces) onOutput(stream, Buffer.from(piece as string));
    return { code };
  };

describe("the engine's command", () => {
  it.each([
    [{}, ["docker", "ps"]],
    [{ host: "ssh://shop" }, ["docker", "--host", "ssh://shop", "ps"]],
    [{ context: "shop" }, ["docker", "--context", "shop", "ps"]],
    [{ command: "podman", host: "ssh://shop" }, ["podman", "--url", "ssh://shop", "ps"]],
    [{ command: "podman", context: "shop" }, ["podman", "--connection", "shop", "ps"]],
  ] as const)("is told by %j where the engine is", async (more, expected) => {
    const commands: (readonly string[])[] = [];
    const run: RunCommand = async ({ run: command }) => {
      commands.push(command);
      return { code: 0 };
    };
    await openTool({ ...settings, ...more }, { run }).ask(["ps"], signal);
    expect(commands).toEqual([expected]);
  });

  it("is read line by line, whatever pieces it speaks in, and moves no terminal", async () => {
    const lines: string[] = [];
    const run = saying(
      0,
      ["stdout", "one\ntw"],
      ["stderr", "warn\r\n"],
      ["stdout", "o\u001b[31m\u001b]0;x\u0007\nthree"],
    );
    const code = await openTool(settings, { run }).follow(["logs"], (line) => lines.push(line), signal);
    expect(code).toBe(0);
    expect(lines).toEqual(["one", "warn", "two", "three"]);
  });

  it("may not print without an end", async () => {
    const flood: RunCommand = async (_, onOutput) => {
      const piece = Buffer.alloc(1024 * 1024);
      for (let at = 0; at < 33; at += 1) onOutput("stdout", piece);
      return { code: 0 };
    };
    await expect(openTool(settings, { run: flood }).ask(["ps"], signal)).rejects.toThrow(
      "docker ps: more than 33554432 bytes of output",
    );
  });

  it.each([
    ["docker: 'compose' is not a docker command.\n", "install the compose command of docker"],
    ["error during connect: dial tcp: lookup shop: no such host\n", "compose.host"],
  ])("says what to do where it says %j", async (text, hint) => {
    const refused = openTool(settings, { run: saying(1, ["stderr", text]) }).ask(
      ["compose", "-p", "x", "config"],
      signal,
    );
    await expect(refused).rejects.toMatchObject({
      code: "target",
      message: `docker compose config: ${text.trim()}`,
      hint: expect.stringContaining(hint),
    });
  });
});

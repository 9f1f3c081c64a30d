import { readFileSync } from "node:fs";
import { execPath } from "node:process";
import { expect, it } from "vitest";
import { forwardPort } from "./forward.ts";
import { memoryOf } from "./memory.ts";
import type { ProcessSpec, Running, SandboxMount, SandboxOptions } from "./sandbox.ts";

/** Starts a process in a root file system of its own. */
export type Start = (
  args: readonly string[],
  options: SandboxOptions,
  more?: Partial<ProcessSpec>,
  signal?: AbortSignal,
) => Promise<Running>;

const never = new AbortController().signal;

/**
 * What `sandboxContract` says of a service: it is reached from the machine, and tells what it takes.
 * @param unique a number nobody else sleeps for
 */
export function serviceContract(start: Start, unique: () => string): void {
  const node: SandboxMount = { type: "bind", source: execPath, target: "/usr/bin/node", readonly: true };
  const server = `require("node:http").createServer((request, response) => response.end("hello " + request.url))
    .listen(80, "127.0.0.1", () => console.log("listening"))`;

  const serve = async (): Promise<Running> => {
    const listening = Promise.withResolvers<void>();
    const running = await start(
      ["node", "-e", server],
      { network: "none", mounts: [node], onOutput: () => listening.resolve() },
      { uid: 1000, gid: 1000 },
    );
    await Promise.race([listening.promise, running.exited]);
    return running;
  };

  it("listens on a low port as any user, and is reached through a port of the machine", async () => {
    const one = await serve();
    const two = await serve();
    const stop = new AbortController();
    const ports = await Promise.all([one, two].map((running) => forwardPort(running, 80, stop.signal)));
    for (const { port } of ports) {
      const response = await fetch(`http://127.0.0.1:${port}/path`);
      expect(await response.text()).toBe("hello /path");
    }
    await ports[0]!.close();
    await expect(fetch(`http://127.0.0.1:${ports[0]!.port}/`)).rejects.toThrow("fetch failed");
    stop.abort();
    await Promise.all([one, two].map((running) => running.kill("SIGKILL")));
    await Promise.all([one.exited, two.exited]);
  });

  it("closes a forwarded connection while nothing listens", async () => {
    const running = await start(["sleep", unique()], { network: "none" });
    const forward = await forwardPort(running, 80, never);
    await expect(fetch(`http://127.0.0.1:${forward.port}/`)).rejects.toThrow("fetch failed");
    await forward.close();
    await running.kill("SIGKILL");
    await running.exited;
    await expect(forwardPort(running, 80, never)).rejects.toThrow(/ENOENT/);
  });

  it("is the process its number says, and tells its memory until it is gone", async () => {
    const running = await serve();
    expect(readFileSync(`/proc/${running.pid}/cmdline`, "latin1").split("\0")[0]).toBe("node");
    expect(memoryOf(running)).toBeGreaterThan(20_000_000);
    expect(memoryOf(running)).toBeLessThan(500_000_000);
    await running.kill("SIGKILL");
    await running.exited;
    expect(memoryOf(running)).toBeUndefined();
  });
}

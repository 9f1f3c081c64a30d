import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readdirSync } from "node:fs";
import { execPath } from "node:process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { processesWith, temporaryDirectory, until, whyNoSandbox } from "../../test/machine.ts";
import { openSnapshots } from "../index.ts";

const reason = whyNoSandbox();
const engine = fileURLToPath(new URL("../../test/engine.ts", import.meta.url));

describe.skipIf(reason !== undefined)("a killed engine", () => {
  it.each(["SIGKILL", "SIGTERM"] as const)("takes all it had started with it (%s)", async (signal) => {
    using dir = temporaryDirectory();
    const seconds = `${200_000 + process.pid}.${signal.length + signal.charCodeAt(3)}`;
    const sleeping = `${seconds}5`;
    const child = spawn(execPath, [engine, "hang", dir.path, seconds], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    try {
      await once(child.stdout, "data");
      await until("both sleep", () => processesWith(sleeping).length === 2);
    } finally {
      child.kill(signal);
    }
    await once(child, "exit");
    await until("nobody sleeps", () => processesWith(sleeping).length === 0);
    expect(readFileSync("/proc/self/mountinfo", "utf8")).not.toContain(dir.path);
    // What it could not remove itself is swept by the next one.
    using snapshots = openSnapshots(`${dir.path}/store`);
    await snapshots.sweep();
    expect(readdirSync(`${dir.path}/store/tmp`)).toHaveLength(1);
  });
});

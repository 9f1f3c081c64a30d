import { spawn } from "node:child_process";
import type { Git } from "@seaworthy/release";

const MAX_OUTPUT = 16 << 20;

/** git in a folder; undefined where it fails or is not installed. */
export function gitIn(cwd: string): Git {
  return (args) =>
    new Promise((resolve) => {
      const child = spawn("git", ["-C", cwd, ...args], { stdio: ["ignore", "pipe", "ignore"] });
      const chunks: Buffer[] = [];
      let size = 0;
      child.stdout.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > MAX_OUTPUT) child.kill();
        else chunks.push(chunk);
      });
      child.on("error", () => resolve(undefined));
      child.on("close", (code) =>
        resolve(code === 0 ? Buffer.concat(chunks).toString("utf8").trimEnd() : undefined),
      );
    });
}

import { spawn } from "node:child_process";
import type { RunTool } from "../src/vulnerabilities/trivy/run-tool.ts";

/** Real processes, for short-lived programs. */
export const runTool: RunTool = ({ run: [file = "", ...args], cwd, env }, onOutput, signal) =>
  new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd, env: { PATH: "/usr/bin:/bin", ...env }, signal });
    child.stdout.on("data", (chunk: Buffer) => onOutput("stdout", chunk));
    child.stderr.on("data", (chunk: Buffer) => onOutput("stderr", chunk));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 137 }));
  });

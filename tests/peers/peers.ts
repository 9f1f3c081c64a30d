import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { resolve } from "node:path";

/** `PEERS` where it does not lie beside the checkout, as of a worktree. */
export const PROGRAM = resolve(import.meta.dirname, process.env["PEERS"] ?? "../../../shared/peers/peers");

/** Why the tools are not to be had; undefined where they are. */
export const missing: string | undefined = existsSync(PROGRAM) ? undefined : `${PROGRAM} is not there`;

/** Nothing is installed here, so no package manager is asked for its mirror, which takes a second each time. */
export const PEER_ENV = { ...process.env, PEERS_MIRROR: "none" };

export interface PeerOutput {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one of the tools and fails with its output where it does. */
export function peer(...command: readonly string[]): Promise<PeerOutput> {
  return new Promise((done, fail) => {
    const child = spawn(PROGRAM, command, { cwd: "/tmp", env: PEER_ENV, stdio: ["ignore", "pipe", "pipe"] });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.on("error", fail);
    child.on("close", (code) => {
      if (code === 0) done({ stdout, stderr });
      else fail(new Error(`${command.join(" ")}: exit code ${code}\n${stdout}${stderr}`));
    });
  });
}

export interface PeerServer {
  stop(): Promise<void>;
}

/** Starts one of the tools as a server and waits until it says that it is ready. */
export function peerServer(ready: RegExp, ...command: readonly string[]): Promise<PeerServer> {
  return new Promise((done, fail) => {
    const child = spawn(PROGRAM, command, { cwd: "/tmp", env: PEER_ENV, stdio: ["ignore", "pipe", "pipe"] });
    const ended = new Promise<void>((end) => child.on("close", () => end()));
    let output = "";
    const look = (chunk: Buffer): void => {
      output += chunk.toString();
      if (!ready.test(output)) return;
      done({
        stop: async () => {
          child.kill("SIGTERM");
          await ended;
        },
      });
    };
    child.stdout.on("data", look);
    child.stderr.on("data", look);
    child.on("error", fail);
    void ended.then(() => fail(new Error(`${command.join(" ")} ended\n${output}`)));
  });
}

import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { DeployedImage, Target } from "@seaworthy/deploy";
import { type ComposeSettings, type ComposeTools, composeTarget } from "@seaworthy/deploy/compose";
import { openLayout, parseDigest, systemClock, writeTar } from "@seaworthy/oci";
import { type RunningRegistry, serveRegistry } from "@seaworthy/registry";
import type { RunCommand } from "@seaworthy/release";
import { itemsOfDirectory } from "../../packages/builder/test/root.ts";
import { openShell } from "../../packages/builder/test/workbench.ts";
import { commandsOf } from "../../packages/seaworthy/src/machine/command.ts";
import { PEER_ENV, PROGRAM, peer } from "./peers.ts";

/** Commands as the product runs them, inside the root of the peers. */
const run: RunCommand = (command, onOutput, signal) =>
  commandsOf({ env: PEER_ENV })({ ...command, run: [PROGRAM, ...command.run] }, onOutput, signal);

const SERVE = "trap 'exit 0' TERM; while :; do sleep 0.1; done";

/** What images do, in a shell; only those with a version are well. */
const BEHAVIOURS = {
  one: `echo one > /tmp/version; echo version one is up; ${SERVE}`,
  two: `echo two > /tmp/version; echo version two is up; ${SERVE}`,
  sick: `echo sick: cannot reach the model; ${SERVE}`,
  crashing: "echo no database; exit 3",
} as const;

export type Behaviour = keyof typeof BEHAVIOURS;

export interface ComposeBench extends AsyncDisposable {
  readonly dir: string;
  readonly registry: RunningRegistry;
  readonly project: string;
  image(behaviour: Behaviour): DeployedImage;
  target(settings?: Partial<ComposeSettings>, tools?: Partial<ComposeTools>): Target;
  docker(...args: readonly string[]): Promise<string>;
  /** Writes the project's file. */
  write(text: string, file?: string): Promise<void>;
  /** Nothing of the project is there any more. */
  clear(): Promise<void>;
  /** The version of a service that is well; undefined where none runs. */
  serving(service?: string): Promise<string | undefined>;
  /** The registry again, on its port. */
  serve(port: number): Promise<void>;
}

/** Images with a shell, a health check and a behaviour, in a registry, and a project of this run alone. */
export async function openComposeBench(label: string): Promise<ComposeBench> {
  // Below /tmp itself: the tools see no other folder for temporary files.
  const dir = await mkdtemp("/tmp/seaworthy-");
  const store = await openLayout(join(dir, "served"));
  const open = (port = 0): Promise<RunningRegistry> =>
    serveRegistry({ store, uploads: join(dir, "served", "uploads"), port });
  let registry = await open();
  const name = `127.0.0.1:${registry.port}/acme/app`;
  const project = `seaworthy-${label}-${process.pid}`;
  const docker = async (...args: readonly string[]): Promise<string> =>
    (await peer("docker", ...args)).stdout;
  const images = await pushImages(dir, name, docker);
  await mkdir(join(dir, "scratch"));
  const remove = async (
    kind: string,
    list: readonly string[],
    flags: readonly string[] = [],
  ): Promise<void> => {
    const found = (await docker(...list)).split("\n").filter((line) => line !== "");
    if (found.length > 0) await docker(kind, "rm", ...flags, ...found);
  };
  const clear = async (): Promise<void> => {
    await remove("container", ["ps", "-aq", "--filter", `name=${project}`], ["-f"]);
    await remove("volume", ["volume", "ls", "-q", "--filter", `name=${project}`]);
    await remove("network", ["network", "ls", "-q", "--filter", `name=${project}`]);
  };
  return {
    dir,
    get registry() {
      return registry;
    },
    serve: async (port) => void (registry = await open(port)),
    project,
    docker,
    clear,
    async serving(service = "web") {
      const filters = ["--filter", "status=running", "--filter", `name=${project}-${service}`];
      const [id = ""] = (await docker("ps", "-q", ...filters)).split("\n");
      return id === "" ? undefined : (await docker("exec", id, "cat", "/tmp/version")).trim();
    },
    image: (behaviour) => images.get(behaviour)!,
    target: (settings, tools) =>
      composeTarget(
        {
          root: dir,
          environment: "production",
          files: ["compose.yaml"],
          project,
          hold: 500,
          within: 30_000,
          ...settings,
        },
        { run, scratch: join(dir, "scratch"), clock: systemClock, fetch, ...tools },
      ),
    write: (text, file = "compose.yaml") => writeFile(join(dir, file), text),
    async [Symbol.asyncDispose]() {
      await clear();
      for (const { digest } of images.values()) await docker("rmi", `${name}@${digest}`).catch(() => "");
      await registry.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

async function pushImages(
  dir: string,
  name: string,
  docker: ComposeBench["docker"],
): Promise<ReadonlyMap<Behaviour, DeployedImage>> {
  using shell = openShell();
  const tar = join(dir, "shell.tar");
  await pipeline(Readable.from(writeTar(itemsOfDirectory(shell.dir))), createWriteStream(tar));
  const images = new Map<Behaviour, DeployedImage>();
  for (const [behaviour, script] of Object.entries(BEHAVIOURS)) {
    const tag = `${name}:${behaviour}`;
    const changes = [
      "ENV PATH=/usr/bin:/bin",
      `ENTRYPOINT ${JSON.stringify(["/bin/sh", "-c", script])}`,
      `HEALTHCHECK --interval=300ms --timeout=2s --retries=4 CMD ["/bin/cat", "/tmp/version"]`,
    ];
    await docker("import", ...changes.flatMap((change) => ["--change", change]), tar, tag);
    const pushed = await docker("push", tag);
    await docker("rmi", tag);
    const digest = parseDigest(/digest: (sha256:[\da-f]{64})/.exec(pushed)?.[1] ?? "");
    images.set(behaviour as Behaviour, { name, digest, version: behaviour });
  }
  return images;
}

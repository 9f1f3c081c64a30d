import { createWriteStream } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { collect, readTar, writeTar } from "@seaworthy/oci";
import { type Tool, refusal } from "./tool.ts";

/** An image without a file, made where it is needed: no registry has to be asked for it. */
const IMAGE = "localhost/seaworthy-keeper:1";

/** A few small files on the engine's machine, in containers that never run. */
export interface Keeper {
  /** Undefined where there is no such container. */
  read(
    container: string,
    folder: string,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, string> | undefined>;
  /** @throws DeployError `target`, also where there is no such container */
  write(container: string, path: string, content: string, signal: AbortSignal): Promise<void>;
  /** Its id; undefined where the name is taken. */
  create(name: string, flags: readonly string[], signal: AbortSignal): Promise<string | undefined>;
}

const MAX_FILE = 32 * 1024 * 1024;

export function openKeeper(tool: Tool, scratch: string): Keeper {
  async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
    const folder = await mkdtemp(join(scratch, "keeper-"));
    try {
      return await work(folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async function makeImage(signal: AbortSignal): Promise<void> {
    await withFolder(async (folder) => {
      const empty = join(folder, "empty.tar");
      await pipeline(writeTar([]), createWriteStream(empty));
      await tool.ask(["import", empty, IMAGE], signal);
    });
  }

  return {
    async read(container, folder, signal) {
      const args = ["cp", `${container}:${folder}`, "-"];
      const answer = await tool.try(args, signal);
      if (answer.code === 0) return filesOf(answer.stdout);
      if (isGone(answer.stderr)) return undefined;
      if (/could not (?:be )?f(?:i|ou)nd|no such file/i.test(answer.stderr)) return new Map();
      throw refusal(tool.kind, args, answer);
    },
    write: (container, path, content, signal) =>
      withFolder(async (folder) => {
        const file = join(folder, "content");
        await writeFile(file, content, { mode: 0o600 });
        await tool.ask(["cp", file, `${container}:${path}`], signal);
      }),
    async create(name, flags, signal) {
      // Without a registry, which would be asked for an image that is not there.
      const args = ["create", "--pull", "never", "--name", name, ...flags, IMAGE, "never-runs"];
      for (let made = false; ; made = true) {
        const answer = await tool.try(args, signal);
        if (answer.code === 0) return answer.stdout.toString("utf8").trim().split("\n").at(-1) ?? "";
        if (/already in use/i.test(answer.stderr)) return undefined;
        if (
          made ||
          !/no such image|unable to find image|image not known|not present locally|pull policy/i.test(
            answer.stderr,
          )
        )
          throw refusal(tool.kind, args, answer);
        await makeImage(signal);
      }
    },
  };
}

export function isGone(stderr: string): boolean {
  return /no such container|container "[^"]*" does not exist/i.test(stderr);
}

async function filesOf(tar: Buffer): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  // Podman's begin with a slash. Names are looked up here and nowhere else.
  for await (const { entry, content } of readTar([tar], { absolutePaths: "strip" })) {
    if (entry.type !== "file") continue;
    const bytes = await collect(content, MAX_FILE, entry.path);
    files.set(entry.path.slice(entry.path.lastIndexOf("/") + 1), bytes.toString("utf8"));
  }
  return files;
}

import type { Host } from "./host.ts";
import { fieldsOf, listOf, textOf, textsOf } from "./json.ts";
import { isGone } from "./keeper.ts";
import { refusal } from "./tool.ts";

/**
 * A container that never runs, whose name only one can have: engines take names for containers, unlike those of volumes,
 * exactly once. Its owner writes the time into it again and again, the engine's own where it tells that.
 */
export interface LockContainer {
  /** Its id; undefined where somebody has it. */
  take(who: string, signal: AbortSignal): Promise<string | undefined>;
  holder(signal: AbortSignal): Promise<Held | undefined>;
  /** @throws DeployError where that very container is gone */
  renew(id: string, signal: AbortSignal): Promise<void>;
  /** That very one, never a newer one of the same name. */
  remove(id: string, signal: AbortSignal): Promise<void>;
}

export interface Held {
  readonly id: string;
  readonly who: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
  /** Milliseconds since it was renewed. */
  readonly age: number;
}

const OWNER = "dev.seaworthy.owner";
const FILE = "/renewed";

export function lockContainer({ tool, keeper, clock, project }: Host): LockContainer {
  const name = `${project}-seaworthy-lock`;

  async function now(signal: AbortSignal): Promise<number> {
    // Podman does not tell; it is mostly here.
    if (tool.kind === "podman") return clock.now();
    const time = Date.parse((await tool.ask(["info", "--format", "{{.SystemTime}}"], signal)).trim());
    return Number.isNaN(time) ? clock.now() : time;
  }

  return {
    take: (who, signal) => keeper.create(name, ["--label", `${OWNER}=${who}`], signal),
    renew: async (id, signal) => keeper.write(id, FILE, String(await now(signal)), signal),
    async holder(signal) {
      const args = ["container", "inspect", name];
      const answer = await tool.try(args, signal);
      if (answer.code !== 0 && isGone(answer.stderr)) return undefined;
      if (answer.code !== 0) throw refusal(tool.kind, args, answer);
      const fields = fieldsOf(listOf(JSON.parse(answer.stdout.toString("utf8")))[0]);
      const id = textOf(fields["Id"]) ?? "";
      const since = Date.parse(textOf(fields["Created"]) ?? "") || 0;
      const written = Number((await keeper.read(id, FILE, signal))?.get(FILE.slice(1))) || since;
      const who = textsOf(fieldsOf(fields["Config"])["Labels"])[OWNER] ?? "somebody";
      return { id, who, since, age: (await now(signal)) - written };
    },
    async remove(id, signal) {
      const args = ["rm", id];
      const answer = await tool.try(args, signal);
      // Two may find it too old.
      if (answer.code !== 0 && !isGone(answer.stderr) && !/already in progress/i.test(answer.stderr))
        throw refusal(tool.kind, args, answer);
    },
  };
}

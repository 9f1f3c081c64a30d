import { DeployError } from "../error.ts";
import type { Host } from "./host.ts";
import { type State, formatState, parseState } from "./state.ts";
import { refusal } from "./tool.ts";

/**
 * What a target knows of itself, on its own machine: in a named volume, which `system prune` leaves alone, read and
 * written through a container that never runs. Two files take turns, so that a write that is cut off loses nothing.
 */
export interface Ledger {
  /** Touches nothing where nothing is known. */
  read(signal: AbortSignal): Promise<State>;
  /** Not safe beside another one: that is what the lock is for. */
  write(state: Omit<State, "count">, signal: AbortSignal): Promise<void>;
}

const FOLDER = "/state";

export function openLedger({ project, tool, keeper, settings, where }: Host): Ledger {
  const volume = `${project}_seaworthy`;
  const container = `${project}-seaworthy-keeper`;

  async function hasVolume(signal: AbortSignal): Promise<boolean> {
    const args = ["volume", "inspect", volume];
    const answer = await tool.try(args, signal);
    if (answer.code === 0) return true;
    if (/no such volume/i.test(answer.stderr)) return false;
    throw refusal(tool.kind, args, answer);
  }

  async function makeContainer(signal: AbortSignal): Promise<void> {
    const ignore = tool.kind === "podman" ? ["--ignore"] : [];
    await tool.ask(
      ["volume", "create", ...ignore, "--label", `dev.seaworthy.project=${project}`, volume],
      signal,
    );
    // Taken by now: somebody else has made it in the meantime.
    await keeper.create(container, ["--volume", `${volume}:${FOLDER}`], signal);
  }

  async function copies(signal: AbortSignal): Promise<readonly string[]> {
    for (let made = false; ; made = true) {
      const files = await keeper.read(container, FOLDER, signal);
      if (files !== undefined) return [...files.values()];
      if (made || !(await hasVolume(signal))) return [];
      await makeContainer(signal);
    }
  }

  async function read(signal: AbortSignal): Promise<State> {
    const found = await copies(signal);
    const whole = found.map(parseState).filter((state) => state !== undefined);
    const [latest] = whole.sort((a, b) => b.count - a.count);
    if (latest === undefined) {
      if (found.length > 1) throw unreadable(where, volume);
      return { count: 0, environment: settings.environment, good: [], stopped: false };
    }
    if (latest.environment !== settings.environment)
      throw foreign(where, latest.environment, settings.environment);
    return latest;
  }

  return {
    read,
    async write(state, signal) {
      const count = (await read(signal)).count + 1;
      if (count === 1) await makeContainer(signal);
      await keeper.write(
        container,
        `${FOLDER}/${count % 2 === 0 ? "even" : "odd"}`,
        formatState({ ...state, count }),
        signal,
      );
    },
  };
}

function unreadable(where: string, volume: string): DeployError {
  return new DeployError(
    "target",
    `${where}: expected what is known of it in the volume ${volume}, found nothing whole`,
    {
      hint: "remove the volume to begin anew; what runs is let be",
    },
  );
}

function foreign(where: string, found: string, expected: string): DeployError {
  return new DeployError("refused", `${where}: expected the environment ${expected}, found ${found}`, {
    hint: "give each environment a compose.project of its own",
  });
}

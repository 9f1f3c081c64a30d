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
const PROJECT_LABEL = "dev.seaworthy.project";

export function openLedger(host: Host): Ledger {
  const { project, keeper, settings, where } = host;
  const container = `${project}-seaworthy-keeper`;
  const volume = `${project}_seaworthy`;

  async function copies(signal: AbortSignal): Promise<readonly string[]> {
    for (let made = false; ; made = true) {
      const files = await keeper.read(container, FOLDER, signal);
      if (files !== undefined) return [...files.values()];
      if (made || !(await hasVolume(host, volume, signal))) return [];
      await makeContainer(host, container, volume, signal);
    }
  }

  async function read(signal: AbortSignal): Promise<State> {
    const found = await copies(signal);
    const whole = found.map(parseState).filter((state) => state !== undefined);
    const [latest] = whole.sort((a, b) => b.count - a.count);
    if (latest === undefined) {
      // Of a single one, it was the very first write that was cut off.
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
      if (count === 1) await makeContainer(host, container, volume, signal);
      const file = `${FOLDER}/${count % 2 === 0 ? "even" : "odd"}`;
      await keeper.write(container, file, formatState({ ...state, count }), signal);
    },
  };
}

async function hasVolume({ tool }: Host, volume: string, signal: AbortSignal): Promise<boolean> {
  const args = ["volume", "inspect", volume];
  const answer = await tool.try(args, signal);
  if (answer.code === 0) return true;
  if (/no such volume/i.test(answer.stderr)) return false;
  throw refusal(tool.kind, args, answer);
}

async function makeContainer(
  { tool, keeper, project }: Host,
  name: string,
  volume: string,
  signal: AbortSignal,
): Promise<void> {
  // One that is there already is what Docker makes of it, without a word.
  const ignore = tool.kind === "podman" ? ["--ignore"] : [];
  await tool.ask(["volume", "create", ...ignore, "--label", `${PROJECT_LABEL}=${project}`, volume], signal);
  // Taken by now: somebody else has made it in the meantime.
  await keeper.create(name, ["--volume", `${volume}:${FOLDER}`], signal);
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

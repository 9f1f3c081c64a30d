import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Progress, step, tailOf } from "@seaworthy/builder";
import { UnhealthyError } from "../unhealthy.ts";
import { DeployError } from "../error.ts";
import { listContainers } from "./containers.ts";
import type { Host } from "./host.ts";
import { judge } from "./judge.ts";
import { type Project } from "./project.ts";
import { composeArgs } from "./read-project.ts";
import { reportOn } from "./report.ts";
import { waitForHealth } from "./wait.ts";

export interface RolloutOptions {
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

const WITHIN = 120_000;

/**
 * Makes a project what runs and waits until all of it is healthy and has stayed so. The engine replaces the containers
 * whose service says something else by now, and no others.
 * @throws DeployError `unhealthy` with what the services said; `target` where the engine refuses for another reason
 */
export async function rollOut(host: Host, project: Project, options: RolloutOptions): Promise<void> {
  const { within = WITHIN } = host.settings;
  const until = host.clock.now() + within;
  await step(
    options.progress,
    { id: "deploy:start", name: "start" },
    async () => {
      await up(host, project, within, options);
      return { value: undefined };
    },
    options.signal,
  );
  await step(
    options.progress,
    { id: "deploy:health", name: "wait for health" },
    async () => {
      await waitForHealth(host, project, until, options.signal);
      return { value: undefined };
    },
    options.signal,
  );
}

/** Services that wait for others to be healthy make the command wait, so it has a limit too. */
async function up(
  host: Host,
  project: Project,
  within: number,
  { progress, signal }: RolloutOptions,
): Promise<void> {
  const { tool, clock, settings } = host;
  const limit = AbortSignal.timeout(within);
  const tail = tailOf(5);
  await withProject(host, project, async (file) => {
    const args = [...composeArgs(settings, host.project, [file]), "up", "-d", "--no-build"];
    const onLine = (text: string, stream: "stdout" | "stderr"): void => {
      tail.add(Buffer.from(`${text}\n`));
      progress({ type: "output", id: "deploy:start", stream, text: `${text}\n` });
    };
    const started = clock.now();
    const code = await tool.follow(args, onLine, AbortSignal.any([signal, limit])).catch((error: unknown) => {
      if (signal.aborted || !limit.aborted) throw error;
      return undefined;
    });
    if (code === 0) return;
    const containers = await listContainers(tool, host.project, signal);
    const problems = judge(project, containers).filter(
      ({ final, state }) => final || (code === undefined && state !== "healthy"),
    );
    if (problems.length > 0)
      throw new UnhealthyError(host.where, await reportOn(host, problems, containers, signal));
    const why =
      code === undefined
        ? `not done after ${Math.round((clock.now() - started) / 1_000)} s`
        : `exit code ${code}`;
    throw new DeployError(
      "target",
      [`${host.where}: ${tool.kind} compose up: ${why}`, ...tail.lines().map((line) => `  | ${line}`)].join(
        "\n",
      ),
    );
  });
}

/** The project as a file while `work` lasts. It may hold secrets of the environment. */
export async function withProject<T>(
  host: Host,
  project: Project,
  work: (file: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(host.scratch, "compose-"));
  try {
    const file = join(folder, "compose.json");
    await writeFile(file, JSON.stringify(project), { mode: 0o600 });
    return await work(file);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

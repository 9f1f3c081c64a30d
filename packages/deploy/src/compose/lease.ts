import { DeployError } from "../error.ts";
import type { LockOptions } from "../target.ts";
import type { Host } from "./host.ts";
import { fieldsOf, listOf, textOf, textsOf } from "./json.ts";
import { isGone } from "./keeper.ts";
import { refusal } from "./tool.ts";

/**
 * A container that never runs, whose name only one can have: engines take names for containers, unlike those of volumes,
 * exactly once. Its owner writes the time into it again and again. Who finds a time that is too old removes that very
 * container by its id, never a newer one of that name. Times are the engine's own, where it tells them.
 */
export interface Lease {
  hold<T>(work: (signal: AbortSignal) => Promise<T>, options: LockOptions): Promise<T>;
}

interface Held {
  readonly id: string;
  readonly who: string;
  /** Milliseconds since the epoch. */
  readonly since: number;
  readonly renewed: number;
}

const OWNER = "dev.seaworthy.owner";
const FILE = "/renewed";
const POLL = 1_000;

export function openLease(host: Host, lease = 30_000): Lease {
  const { tool, keeper, clock } = host;
  const name = `${host.project}-seaworthy-lock`;

  async function now(signal: AbortSignal): Promise<number> {
    if (tool.kind === "podman") return clock.now();
    const time = Date.parse((await tool.ask(["info", "--format", "{{.SystemTime}}"], signal)).trim());
    return Number.isNaN(time) ? clock.now() : time;
  }

  async function renew(id: string, signal: AbortSignal): Promise<void> {
    await keeper.write(id, FILE, String(await now(signal)), signal);
  }

  async function holder(signal: AbortSignal): Promise<Held | undefined> {
    const args = ["container", "inspect", name];
    const answer = await tool.try(args, signal);
    if (answer.code !== 0 && isGone(answer.stderr)) return undefined;
    if (answer.code !== 0) throw refusal(tool.kind, args, answer);
    const fields = fieldsOf(listOf(JSON.parse(answer.stdout.toString("utf8")))[0]);
    const id = textOf(fields["Id"]) ?? "";
    const since = Date.parse(textOf(fields["Created"]) ?? "");
    const written = Number((await keeper.read(id, FILE, signal))?.get(FILE.slice(1)));
    const who = textsOf(fieldsOf(fields["Config"])["Labels"])[OWNER] ?? "somebody";
    return { id, who, since, renewed: Number.isFinite(written) && written > 0 ? written : since };
  }

  async function acquire({ who, wait, signal }: LockOptions): Promise<string> {
    for (;;) {
      const id = await keeper.create(name, ["--label", `${OWNER}=${who}`], signal);
      if (id !== undefined) return id;
      const held = await holder(signal);
      if (held === undefined) continue;
      if ((await now(signal)) - held.renewed > lease) await remove(held.id, signal);
      else if (!wait) throw locked(host.where, held);
      else await clock.sleep(Math.min(POLL, lease), signal);
      signal.throwIfAborted();
    }
  }

  async function remove(id: string, signal: AbortSignal): Promise<void> {
    const args = ["rm", id];
    const answer = await tool.try(args, signal);
    // Two may find it too old.
    if (answer.code !== 0 && !isGone(answer.stderr) && !/already in progress/i.test(answer.stderr))
      throw refusal(tool.kind, args, answer);
  }

  /** Until it is stopped; rejects when the lock is lost. */
  async function keep(id: string, signal: AbortSignal): Promise<void> {
    for (let last = clock.now(); ;) {
      await clock.sleep(lease / 3, signal);
      if (signal.aborted) return;
      try {
        await renew(id, AbortSignal.any([signal, AbortSignal.timeout(lease / 3)]));
        last = clock.now();
      } catch (error) {
        if (signal.aborted) return;
        // An engine that is away for a moment is back before anybody else may take the lock.
        if (isGone((error as Error).message) || clock.now() - last > (lease * 2) / 3)
          throw lost(host.where, error);
      }
    }
  }

  return {
    async hold(work, options) {
      const id = await acquire(options);
      const [done, gone] = [new AbortController(), new AbortController()];
      try {
        await renew(id, options.signal);
        const kept = keep(id, done.signal).catch((error: unknown) => gone.abort(error));
        const value = await work(AbortSignal.any([options.signal, gone.signal]));
        done.abort();
        await kept;
        gone.signal.throwIfAborted();
        return value;
      } catch (error) {
        gone.signal.throwIfAborted();
        throw error;
      } finally {
        done.abort();
        // Who was stopped gives it back all the same; what cannot be given back is nobody's soon.
        await remove(id, AbortSignal.timeout(RELEASE)).catch(() => {});
      }
    },
  };
}

const RELEASE = 10_000;

function locked(where: string, { who, since }: Held): DeployError {
  const at = Number.isNaN(since) ? "" : ` since ${new Date(since).toISOString().slice(0, 19)}Z`;
  return new DeployError("locked", `${where}: ${who} deploys there${at}`, {
    hint: "wait with --wait, or come back later",
    retryable: true,
  });
}

function lost(where: string, cause: unknown): DeployError {
  return new DeployError(
    "locked",
    `${where}: the lock was lost; somebody has removed it, or the engine was away`,
    {
      cause,
      hint: "look at what runs there, then deploy again",
    },
  );
}

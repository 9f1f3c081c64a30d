import { DeployError } from "../error.ts";
import type { LockOptions } from "../target.ts";
import type { Host } from "./host.ts";
import { isGone } from "./keeper.ts";
import { type Held, type LockContainer, lockContainer } from "./lock-container.ts";

/** A lock that its owner renews; one that was not renewed for the time of a lease is nobody's. */
export interface Lease {
  hold<T>(work: (signal: AbortSignal) => Promise<T>, options: LockOptions): Promise<T>;
}

const POLL = 1_000;
const RELEASE = 10_000;

export function openLease(host: Host, lease = 30_000): Lease {
  const lock = lockContainer(host);
  return {
    async hold(work, options) {
      const held = { id: await acquire(host, lock, lease, options) };
      const [done, gone] = [new AbortController(), new AbortController()];
      try {
        await lock.renew(held.id, options.signal);
        const kept = keep(host, lock, { lease, held, who: options.who, signal: done.signal }).catch(
          (error: unknown) => gone.abort(error),
        );
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
        await lock.remove(held.id, AbortSignal.timeout(RELEASE)).catch(() => {});
      }
    },
  };
}

async function acquire(
  { clock, where }: Host,
  lock: LockContainer,
  lease: number,
  { who, wait, signal }: LockOptions,
): Promise<string> {
  for (;;) {
    const id = await lock.take(who, signal);
    if (id !== undefined) return id;
    const held = await lock.holder(signal);
    if (held === undefined) continue;
    if (held.age > lease) await lock.remove(held.id, signal);
    else if (!wait) throw locked(where, held);
    else await clock.sleep(Math.min(POLL, lease), signal);
    signal.throwIfAborted();
  }
}

interface Keeping {
  readonly lease: number;
  /** Changes where it had to be taken again. */
  readonly held: { id: string };
  readonly who: string;
  readonly signal: AbortSignal;
}

/** Until it is stopped; rejects when the lock is lost. There is time for two tries before anybody else may take it. */
async function keep(
  { clock, where }: Host,
  lock: LockContainer,
  { lease, held, who, signal }: Keeping,
): Promise<void> {
  let [last, pause] = [clock.now(), lease / 4];
  for (;;) {
    await clock.sleep(pause, signal);
    if (signal.aborted) return;
    const left = last + (lease * 3) / 4 - clock.now();
    const limit = AbortSignal.timeout(Math.max(0, Math.floor(Math.min(left, lease / 4))));
    try {
      await renewOrRetake(lock, held, who, AbortSignal.any([signal, limit]));
      [last, pause] = [clock.now(), lease / 4];
    } catch (error) {
      if (signal.aborted) return;
      pause = lease / 30;
      if (error instanceof TakenError || clock.now() + pause >= last + (lease * 3) / 4)
        throw lost(where, error);
    }
  }
}

async function renewOrRetake(
  lock: LockContainer,
  held: Keeping["held"],
  who: string,
  signal: AbortSignal,
): Promise<void> {
  try {
    await lock.renew(held.id, signal);
  } catch (error) {
    if (!isGone((error as Error).message)) throw error;
    // Nobody may have removed it for its age yet, so it was a `docker system prune`.
    const id = await lock.take(who, signal);
    if (id === undefined) throw new TakenError("somebody else has it", { cause: error });
    held.id = id;
    await lock.renew(id, signal);
  }
}

class TakenError extends Error {}

function locked(where: string, { who, since }: Held): DeployError {
  const at = `${new Date(since).toISOString().slice(0, 19)}Z`;
  return new DeployError("locked", `${where}: ${who} deploys there since ${at}`, {
    hint: "wait with --wait, or come back later",
    retryable: true,
  });
}

function lost(where: string, cause: unknown): DeployError {
  return new DeployError(
    "locked",
    `${where}: the lock was lost; somebody else took it, or the engine was away`,
    {
      cause,
      hint: "look at what runs there, then deploy again",
    },
  );
}

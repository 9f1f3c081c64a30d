import { randomUUID } from "node:crypto";
import type { Clock } from "@seaworthy/oci";
import { DeployError } from "../error.ts";
import type { LockOptions } from "../target.ts";
import type { Api } from "./api/api.ts";
import { ApiError, isReason } from "./api/error.ts";
import { MANAGED_BY } from "./labels.ts";
import { type KubeObject, numberAt, refOf, textAt } from "./object.ts";

export interface LeaseTimes {
  /** Without a renewal for so long the owner is gone. Milliseconds, whole seconds. */
  readonly lasts: number;
  readonly renew: number;
  /** Between two tries of whoever waits. */
  readonly retry: number;
}

export const LEASE_TIMES: LeaseTimes = { lasts: 30_000, renew: 8_000, retry: 1_000 };

export interface LeaseOptions extends LockOptions {
  readonly api: Api;
  readonly environment: string;
  readonly where: string;
  readonly clock: Clock;
  readonly times: LeaseTimes;
}

/**
 * Runs work while a Lease (coordination.k8s.io/v1) of the environment is ours. Each writes only over the state that it
 * has read, so two cannot both have it; times are those of the API server's clock. Once it is lost the work is aborted.
 */
export async function withLease<T>(
  work: (signal: AbortSignal) => Promise<T>,
  options: LeaseOptions,
): Promise<T> {
  const { signal, api, times, where, clock } = options;
  const holder = `${options.who} ${randomUUID()}`;
  let lease = await acquire(holder, options);
  const lost = new AbortController();
  const done = new AbortController();
  const renewing = (async () => {
    for (let renewed = clock.now(); ;) {
      await clock.sleep(times.renew, done.signal);
      if (done.signal.aborted) return;
      try {
        lease = await renew(lease, holder, api, times);
        renewed = clock.now();
      } catch (error) {
        const taken = isReason(error, "Conflict", "NotFound");
        // One renewal less than it lasts: nobody can have taken it until then.
        if (!taken && clock.now() - renewed < times.lasts - times.renew) continue;
        const message = `${where}: the lock was lost during the deployment`;
        lost.abort(new DeployError("locked", message, { cause: error }));
        return;
      }
    }
  })();
  try {
    return await work(AbortSignal.any([signal, lost.signal]));
  } catch (error) {
    throw lost.signal.aborted ? lost.signal.reason : error;
  } finally {
    done.abort();
    await renewing;
    if (!lost.signal.aborted) await release(api, lease, times);
  }
}

/** Ends by itself and not with the caller, so that what is released afterwards is what is there. */
async function renew(lease: KubeObject, holder: string, api: Api, times: LeaseTimes): Promise<KubeObject> {
  const signal = AbortSignal.timeout(times.renew);
  try {
    return await api.replace(heldBy(lease, holder, api.now(), times), signal);
  } catch (error) {
    if (!isReason(error, "Conflict")) throw error;
    // Our own renewal, whose answer was lost, or another's.
    const found = await api.get(refOf(lease), signal);
    if (found === undefined || textAt(found, "spec", "holderIdentity") !== holder) throw error;
    return found;
  }
}

async function acquire(holder: string, options: LeaseOptions): Promise<KubeObject> {
  const { api, environment, wait, signal, clock, times, where } = options;
  const ref = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", name: `seaworthy-${environment}` };
  for (;;) {
    signal.throwIfAborted();
    const found = await api.get(ref, signal);
    if (found === undefined || !isHeld(found, api.now())) {
      try {
        if (found !== undefined)
          return await api.replace(heldBy(found, holder, api.now(), times, true), signal);
        const labels = { [MANAGED_BY]: "seaworthy" };
        const { name, ...kind } = ref;
        const fresh = { ...kind, metadata: { name, labels } };
        return await api.create(heldBy(fresh, holder, api.now(), times, true), signal);
      } catch (error) {
        // Somebody else was faster.
        if (!isReason(error, "Conflict", "AlreadyExists")) throw missingNamespace(error, where);
        continue;
      }
    }
    if (!wait) throw refused(found, where);
    await clock.sleep(times.retry, signal);
  }
}

/** The namespace is made by whoever gives rights in it, not by each deployment. */
function missingNamespace(error: unknown, where: string): unknown {
  if (!(error instanceof ApiError) || error.reason !== "NotFound") return error;
  const hint = "create it, and give the account rights in it";
  return new DeployError("target", `${where}: the namespace is not there`, { cause: error, hint });
}

function heldBy(
  lease: KubeObject,
  holder: string,
  now: number,
  times: LeaseTimes,
  fresh = false,
): KubeObject {
  // MicroTime: six digits.
  const time = new Date(now).toISOString().replace("Z", "000Z");
  const since = textAt(lease, "spec", "acquireTime");
  return {
    ...lease,
    spec: {
      holderIdentity: holder,
      leaseDurationSeconds: Math.ceil(times.lasts / 1_000),
      acquireTime: fresh || since === undefined ? time : since,
      renewTime: time,
      leaseTransitions: (numberAt(lease, "spec", "leaseTransitions") ?? 0) + (fresh ? 1 : 0),
    },
  };
}

function isHeld(lease: KubeObject, now: number): boolean {
  const holder = textAt(lease, "spec", "holderIdentity") ?? "";
  const renewed = Date.parse(textAt(lease, "spec", "renewTime") ?? "");
  const lasts = (numberAt(lease, "spec", "leaseDurationSeconds") ?? 0) * 1_000;
  return holder !== "" && !Number.isNaN(renewed) && now < renewed + lasts;
}

function refused(lease: KubeObject, where: string): DeployError {
  const who = (textAt(lease, "spec", "holderIdentity") ?? "").replace(/ [\da-f-]{36}$/, "");
  const since = (textAt(lease, "spec", "acquireTime") ?? "").replace(/\.\d+Z$/, "Z");
  return new DeployError("locked", `${where}: ${who} deploys there since ${since}`, {
    hint: "wait for it with --wait",
  });
}

/** Not with the caller's signal: also who was aborted gives it back. */
async function release(api: Api, lease: KubeObject, times: LeaseTimes): Promise<void> {
  const { holderIdentity: _, ...spec } = (lease["spec"] ?? {}) as Record<string, string>;
  try {
    await api.replace({ ...lease, spec }, AbortSignal.timeout(times.renew));
  } catch {
    // Then it ends by itself.
  }
}

import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import {
  type Layout,
  OciError,
  type Repository,
  copyGraph,
  formatPlatform,
  hostPlatform,
  withLock,
} from "@seaworthy/oci";
import { repositoryOf } from "@seaworthy/release";
import { DeployError } from "../error.ts";
import type {
  ApplyOptions,
  Change,
  DeployedImage,
  LockOptions,
  LogLine,
  LogOptions,
  ServiceStatus,
  Target,
  TargetStatus,
} from "../target.ts";
import { SupervisorClient } from "./client.ts";
import type { LocalPlace } from "./place.ts";
import { readLogs } from "./read-logs.ts";
import type { LocalSettings } from "./settings.ts";
import { type LocalState, readState, writeState } from "./state.ts";

export interface LocalTools {
  readonly place: LocalPlace;
  /** What the supervisor starts images from. */
  readonly store: () => Promise<Layout>;
  /** Where images are published. */
  readonly repository: Repository;
  /** Starts a supervisor that outlives this process. Settles when it was started, not when it is ready. */
  readonly spawn: () => Promise<void>;
}

/** Milliseconds for a supervisor to answer for the first time. */
const READY = 20_000;
const INTERVAL = 50;
/** Nobody who waits for a lock is meant to give up. */
const PATIENCE = { wait: 24 * 3_600_000, refuse: 0 };

/**
 * Services as containers on this machine's loopback, kept up by a process of their own. For trying out what was released:
 * nothing starts them after the machine has.
 */
export function localTarget(settings: LocalSettings, tools: LocalTools): Target {
  return new LocalTarget(settings, tools);
}

class LocalTarget implements Target {
  readonly kind = "local";
  readonly where: string;
  readonly #settings: LocalSettings;
  readonly #tools: LocalTools;
  readonly #supervisor: SupervisorClient;

  constructor(settings: LocalSettings, tools: LocalTools) {
    this.#settings = settings;
    this.#tools = tools;
    this.#supervisor = new SupervisorClient(tools.place.socket);
    const published = settings.services.find(({ publish }) => publish !== undefined)?.publish;
    this.where = published === undefined ? "this machine" : `http://127.0.0.1:${published}`;
  }

  platforms(): Promise<readonly string[]> {
    return Promise.resolve([formatPlatform(hostPlatform())]);
  }

  async holds({ name, digest }: DeployedImage, signal: AbortSignal): Promise<boolean> {
    const own = (await this.#tools.store()).repository(repositoryOf(name));
    return (await own.resolve(digest, signal)) !== undefined;
  }

  async status(signal: AbortSignal): Promise<TargetStatus> {
    const status = await this.#supervisor.status(signal);
    return status ?? asleep(readState(this.#tools.place.state));
  }

  async plan({ digest }: DeployedImage, signal: AbortSignal): Promise<readonly Change[]> {
    const { services } = await this.status(signal);
    const before = new Map(services.map((service) => [service.name, service]));
    const wanted = new Set(this.#settings.services.map(({ name }) => name));
    const gone = services.filter(({ name }) => !wanted.has(name)).map(({ name }) => name);
    return [
      ...this.#settings.services.map(({ name }) => changeOf(name, before.get(name), digest)),
      ...gone.map((service) => ({ service, does: "remove" as const })),
    ];
  }

  async apply(image: DeployedImage, { who, as, progress, signal }: ApplyOptions): Promise<void> {
    await this.#fetch(image, signal);
    await this.#wake(signal);
    const kept = readState(this.#tools.place.state).good.find((each) => each.image.digest === image.digest);
    const settings = as === "rollback" && kept !== undefined ? kept.settings : this.#settings;
    await this.#supervisor.apply({ image, settings, who }, progress, signal);
  }

  async revert({ progress, signal }: Pick<ApplyOptions, "progress" | "signal">): Promise<void> {
    if (readState(this.#tools.place.state).good.length > 0) await this.#wake(signal);
    if ((await this.#supervisor.status(signal)) !== undefined) {
      await this.#supervisor.revert(progress, signal);
      return;
    }
    const { pending: _, ...state } = readState(this.#tools.place.state);
    writeState(this.#tools.place.state, state);
  }

  async exclusively<T>(
    work: (signal: AbortSignal) => Promise<T>,
    { wait: patient, signal }: LockOptions,
  ): Promise<T> {
    const patience = patient ? PATIENCE.wait : PATIENCE.refuse;
    mkdirSync(dirname(this.#tools.place.lock), { recursive: true, mode: 0o700 });
    try {
      return await withLock(this.#tools.place.lock, () => work(signal), { patience, signal });
    } catch (error) {
      if (!(error instanceof OciError) || error.code !== "locked") throw error;
      throw new DeployError("locked", `local: another deployment goes on: ${error.message}`, {
        cause: error,
        hint: "wait for it with --wait",
      });
    }
  }

  logs(options: LogOptions): AsyncIterable<LogLine> {
    return readLogs(this.#tools.place.logs, options);
  }

  async stop(signal: AbortSignal): Promise<void> {
    if ((await this.#supervisor.status(signal)) !== undefined) {
      await this.#supervisor.stop(signal);
      return;
    }
    writeState(this.#tools.place.state, { ...readState(this.#tools.place.state), on: false });
  }

  /** What another registry has is brought into the store: nothing is started from afar. */
  async #fetch({ name, digest }: DeployedImage, signal: AbortSignal): Promise<void> {
    const own = (await this.#tools.store()).repository(repositoryOf(name));
    if ((await own.resolve(digest, signal)) !== undefined) return;
    const target = await this.#tools.repository.resolve(digest, signal);
    if (target === undefined) {
      throw new DeployError("nothing-there", `${name}@${digest}: not found where it was published`, {
        hint: "release it, or name one of seaworthy history",
      });
    }
    await copyGraph(target, this.#tools.repository, own, { signal });
  }

  async #wake(signal: AbortSignal): Promise<void> {
    if ((await this.#supervisor.status(signal)) !== undefined) return;
    await this.#tools.spawn();
    const until = performance.now() + READY;
    while ((await this.#supervisor.status(signal)) === undefined) {
      if (performance.now() > until) {
        throw new DeployError("target", `supervisor: does not answer ${READY} ms after it was started`, {
          hint: `look into its log: ${this.#tools.place.log}`,
        });
      }
      await wait(INTERVAL, undefined, { signal });
    }
  }
}

/** What is known where no supervisor runs. */
function asleep({ good, pending }: LocalState): TargetStatus {
  const [current] = good;
  return {
    ...(current === undefined ? {} : { current }),
    ...(pending === undefined ? {} : { pending: pending.image }),
    good,
    services: (current?.settings.services ?? []).map(({ name }) => ({ name, state: "stopped", restarts: 0 })),
    drift: [],
  };
}

function changeOf(
  service: string,
  before: ServiceStatus | undefined,
  digest: DeployedImage["digest"],
): Change {
  const from = before?.digest === undefined ? {} : { from: before.digest };
  if (before === undefined || before.state === "stopped") return { service, does: "create" };
  return { service, does: before.digest === digest ? "keep" : "update", ...from };
}

import { setTimeout as wait } from "node:timers/promises";
import type { Digest } from "@seaworthy/oci";
import type { Start } from "@seaworthy/release";
import type { ServiceStatus } from "../../target.ts";
import { type LogFile, openLogFile } from "../log-file.ts";
import type { LocalService } from "../settings.ts";
import { type Address, type Front, openFront } from "./front.ts";
import { type Instance, type Outcome, startInstance } from "./instance.ts";

/** Milliseconds until one that ended by itself is started again; twice as long each time, up to the longest. */
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 30_000;
/** One that ran so long has done well: the next pause is the first again. */
const DID_WELL = 60_000;

/** What a service is started from. */
export interface Version {
  readonly digest: Digest;
  readonly settings: LocalService;
  readonly start: Start;
}

/** One service: its front, its log, and the instance that answers. It is started again when it ends by itself. */
export class Service {
  readonly name: string;
  readonly #front: Front;
  readonly #log: LogFile;
  readonly #over = new AbortController();
  #version: Version | undefined;
  #active: Instance | undefined;
  #restarts = 0;
  #problem: string | undefined;
  /** Settles when those that were taken over from have ended. */
  #leaving: Promise<void> = Promise.resolve();

  constructor(name: string, logFile: string) {
    this.name = name;
    this.#log = openLogFile(logFile);
    this.#front = openFront(name);
  }

  /** Where it can be asked, besides where it can be asked already. @throws DeployError `target` */
  listenAlso(addresses: readonly Address[]): Promise<void> {
    return this.#front.listenAlso(addresses);
  }

  listenOnly(addresses: readonly Address[]): Promise<void> {
    return this.#front.listenOnly(addresses);
  }

  /** An instance beside the one that answers. */
  try({ settings, start }: Version, signal: AbortSignal): Promise<Outcome> {
    return startInstance(settings, start, this.#log, signal);
  }

  /** It answers from now on; the one before ends once it has answered what it was asked. */
  takeOver(version: Version, instance: Instance): void {
    const [before, settings] = [this.#active, this.#version?.settings];
    this.#version = version;
    this.#active = instance;
    this.#restarts = 0;
    this.#problem = undefined;
    this.#front.switchTo(instance.port);
    this.#watch(instance, FIRST_PAUSE);
    if (before !== undefined) this.#leaving = this.#dismiss(before, settings?.stopsWithin ?? 0);
  }

  /** Starts it without anybody waiting, again and again where need be. */
  keepUp(version: Version): void {
    this.#version = version;
    void this.#restart(version, 0);
  }

  async #dismiss(instance: Instance, patience: number): Promise<void> {
    if (instance.port !== undefined) {
      await Promise.race([this.#front.drained(instance.port), wait(patience, undefined, { ref: false })]);
    }
    await instance.stop();
  }

  #watch(instance: Instance, pause: number): void {
    void instance.exited.then(async (code) => {
      const version = this.#version;
      if (this.#active !== instance || version === undefined || this.#over.signal.aborted) return;
      this.#active = undefined;
      this.#front.switchTo(undefined);
      this.#problem = `ended with exit code ${code}`;
      const didWell = Date.now() - instance.startedAt >= DID_WELL;
      await this.#restart(version, didWell ? FIRST_PAUSE : pause);
    });
  }

  async #restart(version: Version, pause: number): Promise<void> {
    const { signal } = this.#over;
    await wait(pause, undefined, { signal }).catch(() => undefined);
    if (signal.aborted || this.#version !== version || this.#active !== undefined) return;
    if (pause > 0) this.#restarts += 1;
    const next = Math.min(LONGEST_PAUSE, Math.max(FIRST_PAUSE, pause * 2));
    const outcome = await this.try(version, signal).catch((error: Error) => error);
    if (signal.aborted || this.#version !== version) {
      if ("instance" in outcome) await outcome.instance.stop();
      return;
    }
    if (!("instance" in outcome)) {
      this.#problem = outcome instanceof Error ? outcome.message : outcome.report.problem;
      await this.#restart(version, next);
      return;
    }
    this.#active = outcome.instance;
    this.#problem = undefined;
    this.#front.switchTo(outcome.instance.port);
    this.#watch(outcome.instance, next);
  }

  status(): ServiceStatus {
    const common = {
      name: this.name,
      restarts: this.#restarts,
      ...(this.#version === undefined ? {} : { digest: this.#version.digest }),
      ...(this.#problem === undefined ? {} : { problem: this.#problem }),
    };
    const { publish } = this.#version?.settings ?? {};
    const address = publish === undefined ? {} : { address: `http://127.0.0.1:${publish}` };
    if (this.#active === undefined) {
      const state =
        this.#version === undefined ? "stopped" : this.#problem === undefined ? "starting" : "unhealthy";
      return { ...common, state, ...address };
    }
    const since = `${new Date(this.#active.startedAt).toISOString().slice(0, 19)}Z`;
    return { ...common, state: "healthy", since, ...address };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    const active = this.#active;
    this.#active = undefined;
    this.#version = undefined;
    this.#front.switchTo(undefined);
    await Promise.all([active?.stop(), this.#leaving]);
    await this.#front[Symbol.asyncDispose]();
    this.#log[Symbol.dispose]();
  }
}

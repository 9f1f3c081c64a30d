import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type Progress, step } from "@seaworthy/builder";
import { type Digest, type Layout, formatPlatform, hostPlatform, readImage, readIndex } from "@seaworthy/oci";
import { type Start, containersOf, repositoryOf, unpackImage } from "@seaworthy/release";
import type { Sandbox, Snapshots } from "@seaworthy/sandbox";
import pLimit from "p-limit";
import { DeployError } from "../../error.ts";
import type { DeployedImage, ServiceReport, TargetStatus } from "../../target.ts";
import { UnhealthyError } from "../../unhealthy.ts";
import type { LocalPlace } from "../place.ts";
import type { LocalService } from "../settings.ts";
import { type Applied, type LocalState, readState, withGood, writeState } from "../state.ts";
import { Addresses } from "./addresses.ts";
import type { Instance, Outcome } from "./instance.ts";
import { Service, type Version } from "./service.ts";

export interface SupervisorTools {
  readonly layout: Layout;
  readonly sandbox: () => Sandbox;
  readonly snapshots: () => Snapshots;
  /** Containers started at once. */
  readonly parallel: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const EXPOSED =
  "listens on every address of this machine, expected the one that HOST names; other machines may reach it";

/** The services of one environment on this machine. */
export class Supervisor {
  readonly #place: LocalPlace;
  readonly #tools: SupervisorTools;
  readonly #addresses: Addresses;
  readonly #services = new Map<string, Service>();
  /** One change after the other. */
  readonly #turn = pLimit(1);
  #state: LocalState;

  constructor(place: LocalPlace, tools: SupervisorTools) {
    this.#place = place;
    this.#tools = tools;
    this.#addresses = new Addresses(place.network);
    this.#state = readState(place.state);
  }

  /** What ran before this process runs again. */
  boot(signal: AbortSignal): Promise<void> {
    return this.#turn(() => (this.#state.on ? this.#runCurrent(signal) : Promise.resolve()));
  }

  /**
   * All services of the image beside those that run; they take over together, once all are well.
   * @throws UnhealthyError where one is not: then none has taken over
   */
  apply(applied: Applied, progress: Progress, signal: AbortSignal): Promise<void> {
    return this.#turn(async () => {
      this.#save({ ...this.#state, pending: applied });
      const versions = await this.#versionsOf(applied, signal);
      const started = await this.#startAll(versions, progress, signal);
      try {
        await this.#hold(applied, started, progress, signal);
      } catch (error) {
        await Promise.all(started.map(({ instance }) => instance.stop()));
        throw error;
      }
      // From here on nothing can fail but the disk.
      for (const { version, instance } of started) {
        this.#services.get(version.settings.name)?.takeOver(version, instance);
      }
      await this.#keepOnly(applied.settings.services);
      this.#save(withGood(this.#state, applied, this.#now()));
    });
  }

  /** Forgets what was begun; what ran before is made to run where it does not. */
  revert(signal: AbortSignal): Promise<void> {
    return this.#turn(async () => {
      const { pending: _, ...state } = this.#state;
      this.#save({ ...state, on: state.good.length > 0 });
      const current = this.#state.good[0];
      await this.#keepOnly(current?.settings.services ?? []);
      if (current !== undefined && this.#services.size === 0) await this.#runCurrent(signal);
    });
  }

  /** Nothing runs, and nothing is about to. */
  get idle(): boolean {
    return this.#services.size === 0;
  }

  /** Ends all services. */
  stop(): Promise<void> {
    return this.#turn(async () => {
      this.#save({ ...this.#state, on: false });
      await this.#keepOnly([]);
    });
  }

  /** Ends them as well, but they are meant to run. */
  close(): Promise<void> {
    return this.#turn(() => this.#keepOnly([]));
  }

  status(): TargetStatus {
    const { pending, good } = this.#state;
    const services = [...this.#services.values()].map((service) => service.status());
    const current = good[0];
    return {
      ...(current === undefined ? {} : { current }),
      ...(pending === undefined ? {} : { pending: pending.image }),
      good,
      services,
      drift: current === undefined ? [] : driftOf(services, current.image.digest),
    };
  }

  #save(state: LocalState): void {
    writeState(this.#place.state, state);
    this.#state = state;
  }

  #now(): string {
    return `${new Date(this.#tools.now()).toISOString().slice(0, 19)}Z`;
  }

  async #runCurrent(signal: AbortSignal): Promise<void> {
    const current = this.#state.good[0];
    if (current === undefined) return;
    for (const version of await this.#versionsOf(current, signal)) {
      this.#services.get(version.settings.name)?.keepUp(version);
    }
  }

  /** The image unpacked, and a place for each service. */
  async #versionsOf(
    { image, settings }: Pick<Applied, "image" | "settings">,
    signal: AbortSignal,
  ): Promise<readonly Version[]> {
    const start = await this.#containers(image, settings.services, signal);
    for (const service of settings.services) {
      const known = this.#services.get(service.name);
      const place = known ?? new Service(service.name, join(this.#place.logs, `${service.name}.log`));
      await place.listenAlso(this.#addresses.of(service));
      this.#services.set(service.name, place);
    }
    return settings.services.map((service) => ({
      digest: image.digest,
      settings: service,
      start: start[service.network],
    }));
  }

  async #containers(
    { name, digest }: DeployedImage,
    services: readonly LocalService[],
    signal: AbortSignal,
  ): Promise<Readonly<Record<LocalService["network"], Start>>> {
    const { layout, snapshots } = this.#tools;
    const index = await layout.repository(repositoryOf(name)).resolve(digest, signal);
    const platform = formatPlatform(hostPlatform());
    const manifests = index === undefined ? [] : (await readIndex(layout, index, signal)).manifests;
    const manifest = manifests.find(
      (each) => each.platform !== undefined && formatPlatform(each.platform) === platform,
    );
    if (manifest === undefined) {
      throw new DeployError(
        "target",
        `${digest}: expected it in the store with ${platform}, found ${index === undefined ? "nothing" : "other platforms"}`,
      );
    }
    const image = await readImage(layout, manifest);
    const ids = await unpackImage(layout, image, snapshots(), signal);
    snapshots().flush();
    const extraHosts = this.#addresses.hosts(services);
    return {
      port: containersOf(image, ids, this.#tools, { network: "host", extraHosts }),
      none: containersOf(image, ids, this.#tools, { network: "none" }),
    };
  }

  async #startAll(
    versions: readonly Version[],
    progress: Progress,
    signal: AbortSignal,
  ): Promise<readonly { readonly version: Version; readonly instance: Instance }[]> {
    const limit = pLimit(this.#tools.parallel);
    const failed = new AbortController();
    const until = AbortSignal.any([signal, failed.signal]);
    const settled = await Promise.allSettled(
      versions.map((version) => limit(() => this.#startOne(version, progress, until, failed))),
    );
    const done = settled.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    const started = done.flatMap(({ version, outcome }) =>
      outcome.ok ? [{ version, instance: outcome.instance }] : [],
    );
    if (started.length === versions.length) return started;
    await Promise.all(started.map(({ instance }) => instance.stop()));
    signal.throwIfAborted();
    const reports = done.flatMap(({ outcome }) => (outcome.ok ? [] : [outcome.report]));
    if (reports.length > 0) throw new UnhealthyError("local", reports);
    throw settled.find((each) => each.status === "rejected")?.reason;
  }

  /** The first that fails ends the waiting for all others. */
  async #startOne(
    version: Version,
    progress: Progress,
    signal: AbortSignal,
    failed: AbortController,
  ): Promise<{ readonly version: Version; readonly outcome: Outcome }> {
    const { name } = version.settings;
    signal.throwIfAborted();
    const outcome = await step<Outcome>(progress, { id: name, name }, async () => {
      const value = await this.#services.get(name)!.try(version, signal);
      return value.ok
        ? { value, status: "done", note: "healthy" }
        : { value, status: "failed", note: value.report.problem };
    });
    if (!outcome.ok) failed.abort();
    else if (outcome.instance.exposed) progress({ type: "warning", message: `${name}: ${EXPOSED}` });
    return { version, outcome };
  }

  /** None may end while they are watched. */
  async #hold(
    { settings: { hold } }: Applied,
    started: readonly { readonly version: Version; readonly instance: Instance }[],
    progress: Progress,
    signal: AbortSignal,
  ): Promise<void> {
    if (hold === 0) return;
    const ended = started.map(async ({ version, instance }): Promise<ServiceReport> => {
      const code = await instance.exited;
      const problem = `ended with exit code ${code} within ${hold} ms after it was healthy`;
      return { service: version.settings.name, problem, output: instance.tail.lines() };
    });
    await step(progress, { id: "hold", name: "hold" }, async () => {
      const report = await Promise.race([...ended, wait(hold, undefined, { signal })]);
      if (report !== undefined) throw new UnhealthyError("local", [report]);
      return { value: undefined, status: "done", note: `all healthy for ${hold} ms` };
    });
  }

  async #keepOnly(services: readonly LocalService[]): Promise<void> {
    const wanted = new Map(services.map((service) => [service.name, service]));
    await Promise.all(
      [...this.#services].map(async ([name, service]) => {
        const settings = wanted.get(name);
        if (settings !== undefined) return service.listenOnly(this.#addresses.of(settings));
        this.#services.delete(name);
        await service[Symbol.asyncDispose]();
      }),
    );
  }
}

function driftOf(services: TargetStatus["services"], digest: Digest): readonly string[] {
  return services.flatMap(({ name, state, problem, digest: running }) => {
    if (running !== undefined && running !== digest) return [`${name}: runs ${running}`];
    return state === "unhealthy" ? [`${name}: ${problem ?? "not healthy"}`] : [];
  });
}

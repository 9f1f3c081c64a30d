import { type Clock, systemClock } from "@seaworthy/oci";
import type {
  ApplyOptions,
  Change,
  DeployedImage,
  LockOptions,
  LogLine,
  LogOptions,
  Target,
  TargetStatus,
} from "../target.ts";
import type { Api } from "./api/api.ts";
import { ApiClient } from "./api/client.ts";
import { connect } from "./api/connection.ts";
import { isReason } from "./api/error.ts";
import { type Access, findAccess } from "./api/kubeconfig.ts";
import { deploy, restore, stopAll } from "./deployment.ts";
import { desiredObjects } from "./desired.ts";
import { LEASE_TIMES, withLease } from "./lock.ts";
import { readLogs } from "./logs.ts";
import { type KubeObject, at, textAt } from "./object.ts";
import { planOf } from "./plan.ts";
import { renderManifests } from "./render/render.ts";
import type { Session } from "./session.ts";
import type { KubernetesSettings, KubernetesTools } from "./settings.ts";
import { StateStore } from "./state.ts";
import { statusOf } from "./status.ts";

const HOLD_MS = 10_000;
const WITHIN_MS = 300_000;
const INTERVAL_MS = 1_000;

/**
 * A namespace of a cluster as a target. The cluster is asked on first use.
 * @throws DeployError `target` where the kubeconfig names no such context
 */
export function kubernetesTarget(settings: KubernetesSettings, tools: KubernetesTools): Target {
  return new KubernetesTarget(settings, tools, findAccess(settings, tools));
}

class KubernetesTarget implements Target {
  readonly kind = "kubernetes";
  readonly where: string;
  readonly #settings: KubernetesSettings;
  readonly #tools: KubernetesTools;
  readonly #access: Access;
  readonly #clock: Clock;
  #api: Promise<Api> | undefined;

  constructor(settings: KubernetesSettings, tools: KubernetesTools, access: Access) {
    this.#settings = settings;
    this.#tools = tools;
    this.#access = access;
    this.#clock = tools.clock ?? systemClock;
    this.where = `${access.context}/${access.namespace}`;
  }

  /** Of the nodes that take pods. None where we may not list nodes: then nobody can know. */
  async platforms(signal: AbortSignal): Promise<readonly string[]> {
    const { api } = await this.#session();
    let nodes: readonly KubeObject[];
    try {
      nodes = await api.list({ apiVersion: "v1", kind: "Node" }, signal);
    } catch (error) {
      if (isReason(error, "Forbidden")) return [];
      throw error;
    }
    const open = nodes.filter((node) => at(node, "spec", "unschedulable") !== true);
    const platforms = open.flatMap((node) => {
      const os = textAt(node, "status", "nodeInfo", "operatingSystem");
      const architecture = textAt(node, "status", "nodeInfo", "architecture");
      return os === undefined || architecture === undefined ? [] : [`${os}/${architecture}`];
    });
    return [...new Set(platforms)].toSorted();
  }

  /** Nodes tell some of their images only. */
  holds(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  async status(signal: AbortSignal): Promise<TargetStatus> {
    const session = await this.#session();
    return statusOf(session, await this.#store(session).read(signal), signal);
  }

  async plan(image: DeployedImage, signal: AbortSignal): Promise<readonly Change[]> {
    return planOf(await this.#session(), image, await this.#desired(image, signal), signal);
  }

  async apply(image: DeployedImage, options: ApplyOptions): Promise<void> {
    const session = await this.#session();
    const store = this.#store(session);
    const kept =
      options.as === "rollback"
        ? (await store.read(options.signal)).good.find((each) => each.image.digest === image.digest)
        : undefined;
    const wanted = kept ?? {
      objects: await this.#desired(image, options.signal),
      checks: this.#settings.checks ?? [],
    };
    await deploy(session, store, { image, objects: wanted.objects, checks: wanted.checks }, options);
  }

  async revert(options: Pick<ApplyOptions, "progress" | "signal">): Promise<void> {
    const session = await this.#session();
    await restore(session, this.#store(session), options);
  }

  async exclusively<T>(work: (signal: AbortSignal) => Promise<T>, options: LockOptions): Promise<T> {
    const { api, environment, where, clock } = await this.#session();
    return withLease(work, { ...options, api, environment, where, clock, times: LEASE_TIMES });
  }

  async *logs(options: LogOptions): AsyncIterable<LogLine> {
    yield* readLogs(await this.#session(), options);
  }

  /** Everything is scaled to 0, or removed where it cannot be scaled; Services, volumes and the rest stay. */
  async stop(signal: AbortSignal): Promise<void> {
    const session = await this.#session();
    await stopAll(session, this.#store(session), signal);
  }

  async #desired(image: DeployedImage, signal: AbortSignal): Promise<readonly KubeObject[]> {
    const { manifests, images: names = [], environment } = this.#settings;
    const rendered = await renderManifests(manifests, { env: this.#tools.env, signal });
    const { namespace } = this.#access;
    return desiredObjects(rendered, { image, names, environment, namespace, where: manifests });
  }

  #store({ api, environment }: Session): StateStore {
    return new StateStore(api, environment);
  }

  async #session(): Promise<Session> {
    const { namespace } = this.#access;
    this.#api ??= connect(this.#access).then((each) => new ApiClient(each, namespace, this.#clock));
    return {
      api: await this.#api,
      environment: this.#settings.environment,
      namespace,
      where: this.where,
      clock: this.#clock,
      fetch: this.#tools.fetch ?? fetch,
      within: this.#settings.within ?? WITHIN_MS,
      hold: this.#settings.hold ?? HOLD_MS,
      interval: this.#tools.interval ?? INTERVAL_MS,
    };
  }
}

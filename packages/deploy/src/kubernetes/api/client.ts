import type { Clock } from "@seaworthy/oci";
import { type JsonObject, type KubeObject, type ObjectRef, listAt } from "../object.ts";
import type { Api, ApplyRequest, ListRequest, PodLogRequest } from "./api.ts";
import type { Connection, KubeRequest } from "./connection.ts";
import { isReason } from "./error.ts";
import { continuation, exchange } from "./exchange.ts";
import { followLines } from "./lines.ts";
import { Resources } from "./resources.ts";

/** What we apply belongs to us by this name. */
export const FIELD_MANAGER = "seaworthy";
const PAGE = "250";
/** More pages than these are no list of a namespace. */
const MAX_PAGES = 400;

export class ApiClient implements Api {
  readonly #connection: Connection;
  readonly #namespace: string;
  readonly #clock: Clock;
  readonly #resources: Resources;
  #ahead = 0;

  constructor(connection: Connection, namespace: string, clock: Clock) {
    this.#connection = connection;
    this.#namespace = namespace;
    this.#clock = clock;
    this.#resources = new Resources((path, signal) => this.#send({ method: "GET", path }, signal));
  }

  async get(ref: ObjectRef, signal: AbortSignal): Promise<KubeObject | undefined> {
    const path = await this.#pathOf(ref, signal);
    try {
      return (await this.#send({ method: "GET", path }, signal)) as unknown as KubeObject;
    } catch (error) {
      if (isReason(error, "NotFound")) return undefined;
      throw error;
    }
  }

  async list(
    { apiVersion, kind, labels, fields }: ListRequest,
    signal: AbortSignal,
  ): Promise<readonly KubeObject[]> {
    const path = await this.#resources.path({ apiVersion, kind }, this.#namespace, signal);
    const found: KubeObject[] = [];
    let from: string | undefined;
    for (let page = 0; page < MAX_PAGES; page++) {
      const query = {
        limit: PAGE,
        ...(labels === undefined ? {} : { labelSelector: labels }),
        ...(fields === undefined ? {} : { fieldSelector: fields }),
        ...(from === undefined ? {} : { continue: from }),
      };
      const answer = await this.#send({ method: "GET", path, query }, signal);
      // Entries of a list come without their kind.
      for (const item of listAt(answer, "items"))
        found.push({ ...item, apiVersion, kind } as unknown as KubeObject);
      from = continuation(answer);
      if (from === undefined) break;
    }
    return found;
  }

  async apply(
    object: KubeObject,
    { dryRun = false, force = false }: ApplyRequest,
    signal: AbortSignal,
  ): Promise<KubeObject> {
    const path = await this.#pathOf(object, signal);
    const query = {
      fieldManager: FIELD_MANAGER,
      force: String(force),
      ...(dryRun ? { dryRun: "All" } : {}),
    };
    const request = { method: "PATCH", path, query, type: "application/apply-patch+yaml" } as const;
    return (await this.#send({ ...request, body: JSON.stringify(object) }, signal)) as unknown as KubeObject;
  }

  async create(object: KubeObject, signal: AbortSignal): Promise<KubeObject> {
    const path = await this.#resources.path(object, this.#namespace, signal);
    const request = { method: "POST", path, query: { fieldManager: FIELD_MANAGER } } as const;
    return (await this.#send(
      { ...request, body: JSON.stringify(object) },
      signal,
      true,
    )) as unknown as KubeObject;
  }

  async replace(object: KubeObject, signal: AbortSignal): Promise<KubeObject> {
    const path = await this.#pathOf(object, signal);
    const request = { method: "PUT", path, query: { fieldManager: FIELD_MANAGER } } as const;
    return (await this.#send(
      { ...request, body: JSON.stringify(object) },
      signal,
      true,
    )) as unknown as KubeObject;
  }

  async remove(ref: ObjectRef, signal: AbortSignal, preconditions?: JsonObject): Promise<void> {
    const path = await this.#pathOf(ref, signal);
    const options = {
      apiVersion: "v1",
      kind: "DeleteOptions",
      propagationPolicy: "Background",
      ...(preconditions === undefined ? {} : { preconditions }),
    };
    try {
      await this.#send({ method: "DELETE", path, body: JSON.stringify(options) }, signal);
    } catch (error) {
      if (!isReason(error, "NotFound")) throw error;
    }
  }

  async *log(
    { pod, container, lines, previous = false, follow = false }: PodLogRequest,
    signal: AbortSignal,
  ): AsyncIterable<string> {
    const path = `/api/v1/namespaces/${encodeURIComponent(this.#namespace)}/pods/${encodeURIComponent(pod)}/log`;
    const query = {
      container,
      tailLines: String(lines),
      ...(previous ? { previous: "true" } : {}),
      ...(follow ? { follow: "true" } : {}),
    };
    yield* followLines(this.#connection, { method: "GET", path, query }, signal);
  }

  now(): number {
    return this.#clock.now() + this.#ahead;
  }

  async #pathOf(ref: ObjectRef | KubeObject, signal: AbortSignal): Promise<string> {
    const name = typeof ref["name"] === "string" ? ref["name"] : (ref as KubeObject).metadata.name;
    return `${await this.#resources.path(ref, this.#namespace, signal)}/${encodeURIComponent(name)}`;
  }

  async #send(request: KubeRequest, signal: AbortSignal, once = false) {
    const onDate = (date: string): void => {
      const server = Date.parse(date);
      // A second is its resolution; below that no clock is wrong.
      if (!Number.isNaN(server))
        this.#ahead = Math.abs(server - this.#clock.now()) < 2_000 ? 0 : server - this.#clock.now();
    };
    return exchange(this.#connection, request, { clock: this.#clock, once, onDate }, signal);
  }
}

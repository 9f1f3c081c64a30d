import type { JsonObject, KubeObject, ObjectRef } from "../object.ts";

export interface ApplyRequest {
  /** The server does all but keep it: it validates, admits, defaults and merges. */
  readonly dryRun?: boolean;
  /** Take over fields that another manager has set to something else; otherwise that is a `conflict`. */
  readonly force?: boolean;
}

export interface ListRequest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly labels?: string;
  readonly fields?: string;
}

export interface PodLogRequest {
  readonly pod: string;
  readonly container: string;
  readonly lines: number;
  /** Of the container that ended before the one that runs. */
  readonly previous?: boolean;
  readonly follow?: boolean;
}

/**
 * What we ask of an API server, within one namespace where a kind has namespaces. What may pass is tried again.
 * @throws ApiError with the reason that the server gives; DeployError `target` where it cannot be reached
 */
export interface Api {
  /** Undefined where it is not there. */
  get(ref: ObjectRef, signal: AbortSignal): Promise<KubeObject | undefined>;
  /** All pages. */
  list(request: ListRequest, signal: AbortSignal): Promise<readonly KubeObject[]>;
  /** Server-side, as the field manager `seaworthy`. The object as it is then. */
  apply(object: KubeObject, request: ApplyRequest, signal: AbortSignal): Promise<KubeObject>;
  /** @throws ApiError `AlreadyExists` */
  create(object: KubeObject, signal: AbortSignal): Promise<KubeObject>;
  /** Puts it in place of what has the same `resourceVersion`. @throws ApiError `Conflict` where that has changed */
  replace(object: KubeObject, signal: AbortSignal): Promise<KubeObject>;
  /** With what it owns, in the background. That it is not there is no error. */
  remove(ref: ObjectRef, signal: AbortSignal, preconditions?: JsonObject): Promise<void>;
  /** Lines of a container; ends with it where it follows. */
  log(request: PodLogRequest, signal: AbortSignal): AsyncIterable<string>;
  /** Milliseconds since the epoch by the clock of the server, which all who deploy share. */
  now(): number;
}

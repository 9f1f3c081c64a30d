import { Attempts, type Clock, RETRY_POLICY, collect, networkFault, redact } from "@seaworthy/oci";
import { DeployError } from "../../error.ts";
import { type Json, at } from "../object.ts";
import type { Connection, KubeRequest, KubeResponse } from "./connection.ts";
import { ApiError } from "./error.ts";

/** Of one answer: a page of a list, or an object, which etcd holds below 2 MB. */
const MAX_BYTES = 64 << 20;
const ANSWER_WITHIN_MS = 30_000;
const POLICY = { ...RETRY_POLICY, within: 20_000, longestDelay: 4_000 };

export interface ExchangeOptions {
  readonly clock: Clock;
  /** Whether an answer that was lost may have done something that must not be done twice. */
  readonly once?: boolean;
  /** Hears the header `Date` of each answer. */
  readonly onDate?: (date: string) => void;
}

/**
 * One request and its whole answer, in 30 s; what may pass is tried again.
 * @throws ApiError where the server refuses; DeployError `target` where there is no answer
 */
export async function exchange(
  connection: Connection,
  request: KubeRequest,
  { clock, once = false, onDate }: ExchangeOptions,
  signal: AbortSignal,
): Promise<Json | undefined> {
  const attempts = new Attempts({ policy: POLICY, clock });
  for (;;) {
    signal.throwIfAborted();
    const timely = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_WITHIN_MS)]);
    try {
      const response = await connection(request, timely);
      if (response.headers["date"] !== undefined) onDate?.(response.headers["date"]);
      const answer = await readJson(request, response);
      if (response.status < 400) return answer;
      throw refusal(request, response.status, answer);
    } catch (caught) {
      signal.throwIfAborted();
      const error = withPlace(request, caught);
      // 429 says that nothing was done.
      const again = error.retryable && (!once || (error instanceof ApiError && error.status === 429));
      const wait = error instanceof ApiError ? error.wait : undefined;
      if (!again || !(await attempts.again(error.message, wait, undefined))) throw error;
    }
  }
}

export function nameOf({ method, path }: KubeRequest): string {
  return `${method} ${path}`;
}

/** What went wrong on the way to an answer. */
export function withPlace(request: KubeRequest, error: unknown): DeployError {
  if (error instanceof DeployError) return error;
  if (error instanceof Error && error.name === "TimeoutError") {
    return new DeployError("target", `${nameOf(request)}: no answer in time`, {
      cause: error,
      retryable: true,
    });
  }
  const { says, hint, retryable } = networkFault(error);
  return new DeployError("target", `${nameOf(request)}: ${redact(says)}`, {
    retryable,
    ...(hint === undefined ? {} : { hint }),
  });
}

export function refusal(request: KubeRequest, status: number, body: Json | undefined): ApiError {
  const hint =
    status === 401
      ? "log in to the cluster again, or check the credentials of the kubeconfig"
      : status === 403
        ? "give the account the rights that the README of the kubernetes target lists"
        : undefined;
  return new ApiError(nameOf(request), status, body, hint);
}

/** Proxies in between answer with pages; their text is then the message. */
export async function readJson(request: KubeRequest, response: KubeResponse): Promise<Json | undefined> {
  if (response.body === null) return undefined;
  const text = (await collect(response.body, MAX_BYTES, nameOf(request))).toString("utf8");
  if (text === "") return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    if (response.status >= 400) return { message: redact(text.slice(0, 300)) };
    const found = JSON.stringify(redact(text.slice(0, 80)));
    throw new DeployError("target", `${nameOf(request)}: expected JSON, found ${found}`, {
      hint: "check that the address in the kubeconfig is that of an API server",
    });
  }
}

/** The `continue` of a list that has more pages. */
export function continuation(page: Json | undefined): string | undefined {
  const token = at(page, "metadata", "continue");
  return typeof token === "string" && token !== "" ? token : undefined;
}

import { OciError } from "../error.ts";
import { Attempts, isRetryableStatus, retryAfter } from "../retry.ts";
import type { Retrying } from "../retry.ts";
import { discard } from "./transport.ts";
import type { RegistryRequest, RegistryResponse, Transport } from "./transport.ts";

/** Sends again what failed for a passing reason. The last answer is returned, the last fault thrown. */
export function retryTransport(inner: Transport, retrying: Retrying): Transport {
  return {
    async send(request: RegistryRequest): Promise<RegistryResponse> {
      const attempts = new Attempts(retrying);
      for (;;) {
        const outcome = await sendOnce(inner, request);
        if (!("retry" in outcome)) return outcome;
        const wait = retryAfter(outcome.response?.headers["retry-after"], retrying.clock.now());
        if (await attempts.again(outcome.retry, wait, request.signal)) {
          if (outcome.response !== undefined) discard(outcome.response);
          continue;
        }
        if (outcome.response === undefined) throw outcome.error;
        return outcome.response;
      }
    },
  };
}

type Failed =
  | { readonly retry: string; readonly response: RegistryResponse; readonly error?: undefined }
  | { readonly retry: string; readonly response?: undefined; readonly error: OciError };

async function sendOnce(inner: Transport, request: RegistryRequest): Promise<RegistryResponse | Failed> {
  try {
    const response = await inner.send(request);
    if (!isRetryableStatus(response.status)) return response;
    return { retry: `${request.method} ${request.url.host}: ${response.status}`, response };
  } catch (error) {
    if (!(error instanceof OciError) || !error.retryable) throw error;
    return { retry: error.message, error };
  }
}

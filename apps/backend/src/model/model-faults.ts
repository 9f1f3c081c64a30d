import type { Dispatcher } from "undici";
import { z } from "zod";

import { Fault } from "../http/fault.ts";
import { readText } from "../http/read-text.ts";
import { codeOf, isTimeout, retryDetails } from "../http/upstream.ts";

const maxRefusalBytes = 65_536;
const maxReasonLength = 300;

const errorAnswer = z.object({ error: z.union([z.string(), z.object({ message: z.string() })]) });

/** What an answer other than 200 means for our client. The key, should the API echo it, is scrubbed. */
export async function refusal(
  response: Dispatcher.ResponseData,
  scrub: (text: string) => string,
): Promise<Fault> {
  const { statusCode: status } = response;
  if (status === 401 || status === 403) {
    // APIs like to quote the key they refuse, sometimes cut short, so nothing of this body is passed on.
    response.body.destroy();
    return new Fault("model_unauthorized", `the model API refused our key (${status}); check MODEL_API_KEY`);
  }
  const reason = await readReason(response, scrub);
  const details = retryDetails(response.headers["retry-after"]);
  const said = (what: string) => `${what} (${status}${reason ? `: ${reason}` : ""})`;
  if (status === 429) return new Fault("model_rate_limited", said("the model API is limiting us"), details);
  if (status === 408 || status === 504)
    return new Fault("model_timeout", said("the model API gave up waiting"));
  if (status >= 500) return new Fault("model_unavailable", said("the model API is in trouble"), details);
  if (status >= 400) return new Fault("model_refused", said("the model API refused the request"));
  return new Fault("model_failed", `the model API answered ${status}, expected 200`);
}

/** What a failed connection, a time limit or a broken answer means. Faults pass as they are. */
export function toModelFault(error: unknown, timeoutMs: number): Fault {
  if (error instanceof Fault) return error;
  const options = { cause: error };
  if (isTimeout(error)) {
    return new Fault("model_timeout", `the model API did not answer within ${timeoutMs} ms`, {}, options);
  }
  if (error instanceof RangeError || error instanceof TypeError) {
    return new Fault("model_failed", `model API: ${error.message}`, {}, options);
  }
  return new Fault("model_unavailable", `the model API cannot be reached (${codeOf(error)})`, {}, options);
}

async function readReason(
  response: Dispatcher.ResponseData,
  scrub: (text: string) => string,
): Promise<string> {
  try {
    const { error } = errorAnswer.parse(JSON.parse(await readText(response.body, maxRefusalBytes)));
    return scrub(typeof error === "string" ? error : error.message).slice(0, maxReasonLength);
  } catch {
    // The status says enough; a body that is not the usual JSON is often an HTML page of some proxy.
    return "";
  }
}

import { retryAfter } from "@seaworthy/oci";
import { type Answer, headerOf } from "./post.ts";

/** What GitHub calls a secondary limit comes without a time; a minute is what its documentation asks for. */
const UNTOLD_WAIT = 60_000;

/** Undefined for what is no JSON. */
export function parseAnswer(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** `Validation Failed: description is too long (maximum is 140 characters)` */
export function wordsOf(body: unknown): string {
  const { message, errors } = (body ?? {}) as { readonly message?: unknown; readonly errors?: unknown };
  const details = Array.isArray(errors) ? errors.map((error: unknown) => detailOf(error)) : [];
  const words = [message, details.filter((detail) => detail !== "").join(", ")];
  return words.filter((word) => typeof word === "string" && word !== "").join(": ");
}

function detailOf(error: unknown): string {
  if (typeof error === "string") return error;
  const { message, field, code } = (error ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof message === "string") return message;
  return [field, code].filter((part) => typeof part === "string").join(" ");
}

/** Both of GitHub's limits answer 403 or 429; a missing permission is a 403 too, and never passes. */
export function limitedFor(
  answer: Pick<Answer, "status" | "headers">,
  says: string,
  now: number,
): number | undefined {
  if (answer.status !== 403 && answer.status !== 429) return undefined;
  const asked = retryAfter(headerOf(answer, "retry-after"), now);
  if (asked !== undefined) return asked;
  const reset = Number(headerOf(answer, "x-ratelimit-reset") ?? Number.NaN);
  if (headerOf(answer, "x-ratelimit-remaining") === "0" && Number.isFinite(reset)) {
    return Math.max(0, reset * 1000 - now);
  }
  return /rate limit/i.test(says) ? UNTOLD_WAIT : undefined;
}

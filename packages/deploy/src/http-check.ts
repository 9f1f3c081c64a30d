import { collect } from "@seaworthy/oci";
import { clean } from "./clean.ts";

/** An answer that is expected over HTTP. */
export interface HttpCheck {
  readonly url: string;
  readonly status: number;
  /** A text that the body contains. */
  readonly body?: string;
}

/** As a target has kept it; none where it is none. */
export function parseCheck(value: unknown): readonly HttpCheck[] {
  const { url, status, body } = (value ?? {}) as Partial<Record<keyof HttpCheck, unknown>>;
  if (typeof url !== "string" || !URL.canParse(url) || typeof status !== "number") return [];
  return [{ url, status, ...(typeof body === "string" ? { body } : {}) }];
}

const PATIENCE = 5_000;
const MAX_BODY = 1024 * 1024;

/** What is wrong with the answer; undefined where it is as expected. */
export async function probe(
  { url, status, body }: HttpCheck,
  ask: typeof fetch,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    // A redirect is an answer with a status of its own.
    const answer = await ask(url, {
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]),
    });
    if (answer.status !== status) {
      await answer.body?.cancel();
      return `${url}: expected status ${status}, found ${answer.status}`;
    }
    if (body === undefined) {
      await answer.body?.cancel();
      return undefined;
    }
    const text = (await collect(answer.body ?? [], MAX_BODY, url)).toString("utf8");
    if (text.includes(body)) return undefined;
    const found = clean(text.slice(0, 100)).trim().split("\n", 1)[0];
    return `${url}: expected a body with ${JSON.stringify(body)}, found ${JSON.stringify(found)}`;
  } catch (error) {
    signal.throwIfAborted();
    return `${url}: ${reasonOf(error)}`;
  }
}

function reasonOf(error: unknown): string {
  const { name, message, cause } = error as Error;
  if (name === "TimeoutError") return `no answer in ${PATIENCE / 1_000} s`;
  return cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code || message : message;
}

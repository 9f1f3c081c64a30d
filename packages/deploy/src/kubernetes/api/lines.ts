import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { plainText } from "../plain-text.ts";
import type { Connection, KubeRequest } from "./connection.ts";
import { readJson, refusal, withPlace } from "./exchange.ts";

const HEADERS_WITHIN_MS = 30_000;
/** A program may print without ever ending a line. */
const MAX_LINE = 16_384;

/** The lines of an answer as they come. It has time to begin, and then as much as it needs. */
export async function* followLines(
  connection: Connection,
  request: KubeRequest,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const ours = new AbortController();
  const late = setTimeout(() => ours.abort(new DOMException("late", "TimeoutError")), HEADERS_WITHIN_MS);
  const both = AbortSignal.any([signal, ours.signal]);
  try {
    const response = await connection(request, both);
    clearTimeout(late);
    if (response.status >= 400) throw refusal(request, response.status, await readJson(request, response));
    if (response.body === null) return;
    const lines = createInterface({ input: Readable.from(cut(response.body)), crlfDelay: Infinity });
    for await (const line of lines) yield plainText(line);
  } catch (error) {
    if (signal.aborted) return;
    throw withPlace(request, error);
  } finally {
    clearTimeout(late);
    ours.abort();
  }
}

/** Ends lines that grow without an end. */
async function* cut(body: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  let open = 0;
  for await (const chunk of body) {
    const bytes = Buffer.from(chunk);
    const end = bytes.lastIndexOf(10);
    open = end === -1 ? open + bytes.length : bytes.length - end - 1;
    yield bytes;
    if (open <= MAX_LINE) continue;
    yield Buffer.from("\n");
    open = 0;
  }
}

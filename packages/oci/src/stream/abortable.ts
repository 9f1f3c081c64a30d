import type { Bytes } from "../content-store.ts";
import { OciError } from "../error.ts";

/** @throws OciError `aborted` */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new OciError("aborted", "stopped on request", { cause: signal.reason });
}

/** Passes the bytes on until the signal fires; a source that waits for its next chunk is not waited for. */
export async function* abortable(
  source: Bytes,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, void, undefined> {
  throwIfAborted(signal);
  if (signal === undefined) {
    yield* source;
    return;
  }
  const iterator =
    Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]();
  const fired = Promise.withResolvers<"aborted">();
  const onAbort = (): void => fired.resolve("aborted");
  signal.addEventListener("abort", onAbort, { once: true });
  let waiting = false;
  try {
    for (;;) {
      const next = Promise.resolve(iterator.next());
      waiting = true;
      const result = await Promise.race([next, fired.promise]);
      if (result === "aborted") {
        // Its own failure, if one comes, has nobody left to hear it.
        next.catch(() => {});
        throwIfAborted(signal);
        return;
      }
      waiting = false;
      if (result.done === true) return;
      yield result.value;
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    // A generator that still waits would queue this behind its next chunk, which may never come.
    const closed = Promise.resolve(iterator.return?.());
    if (waiting) closed.catch(() => {});
    else await closed;
  }
}

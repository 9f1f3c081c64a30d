import type { Transform } from "node:stream";
import type { Bytes } from "../content-store.ts";
import { OciError } from "../error.ts";

/**
 * The source as a zlib stream changes it. Ending early closes both. The source's own failures pass unchanged.
 * @throws OciError `invalid-archive` where zlib cannot read it
 */
export async function* through(
  transform: Transform,
  source: Bytes,
  what: string,
): AsyncGenerator<Uint8Array, void, undefined> {
  const feeding = feed(transform, source);
  // Its failure arrives through the stream, which it destroys.
  feeding.catch(() => {});
  try {
    for await (const chunk of transform) yield chunk as Buffer;
    await feeding;
  } catch (error) {
    throw explain(error, what);
  } finally {
    // The loop has destroyed the stream, which ends the feeding; then the source is closed.
    await feeding.catch(() => {});
  }
}

async function feed(transform: Transform, source: Bytes): Promise<void> {
  try {
    // One chunk ahead: the next is fetched (and hashed) while the thread pool works on this one.
    let written: Promise<void> = Promise.resolve();
    for await (const chunk of source) {
      await written;
      if (transform.destroyed) return;
      written = write(transform, chunk);
      written.catch(() => {});
    }
    await written;
    transform.end();
  } catch (error) {
    transform.destroy(error as Error);
    throw error;
  }
}

function write(transform: Transform, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    // A destroyed stream drops the callbacks of writes under way.
    transform.once("close", resolve);
    transform.write(chunk, (error) => {
      transform.off("close", resolve);
      if (error) reject(error);
      else resolve();
    });
  });
}

export function explain(error: unknown, what: string): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === undefined || !/^(?:Z_|ZSTD_|ERR_BUFFER_TOO_LARGE)/i.test(code)) return error;
  return new OciError("invalid-archive", `${what}: ${message.toLowerCase()} (${code})`, { cause: error });
}

import { ApiError } from "./api-error.ts";

/** Both ends included, as in the header. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/**
 * A `Range` with one range of bytes (RFC 9110, 14.2). Undefined where there is none, or several, or another unit: then
 * the whole is the answer.
 * @throws ApiError 416
 */
export function parseRange(header: string | undefined, size: number): ByteRange | undefined {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? "");
  if (match === null) return undefined;
  const [, first = "", last = ""] = match;
  if (first === "" && last === "") return undefined;
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size - 1 : Math.min(Number(last), size - 1);
  if (first !== "" && last !== "" && Number(last) < start) return undefined;
  if (start <= end) return { start, end };
  throw new ApiError(416, "SIZE_INVALID", `range ${first}-${last} is outside of ${size} bytes`, {
    headers: { "content-range": `bytes */${size}` },
  });
}

/** The part of a stream of bytes that a range names. */
export async function* sliced(
  source: AsyncIterable<Uint8Array>,
  { start, end }: ByteRange,
): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const chunk of source) {
    const from = Math.max(0, start - at);
    const to = Math.min(chunk.length, end + 1 - at);
    if (from < to) yield chunk.subarray(from, to);
    at += chunk.length;
    if (at > end) return;
  }
}

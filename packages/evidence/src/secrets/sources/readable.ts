/** Bytes of one file, and of what one commit adds to it; the rest is said to be cut. */
export const MAX_TEXT_BYTES = 8 << 20;
/** As far as git looks for a NUL. */
const LOOKED = 8000;

/** The text of a file; undefined where it is none. What is no UTF-8 in it becomes U+FFFD and hides nothing beside it. */
export function textOf(bytes: Uint8Array): string | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return view.subarray(0, LOOKED).includes(0) ? undefined : view.toString("utf8");
}

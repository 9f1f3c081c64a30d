import type { TarItem } from "@seaworthy/oci";
import { SandboxError, toSandboxError } from "../error.ts";
import { Unpacker, type Unpacking } from "./unpack.ts";

export interface LayerLimits {
  readonly entries: number;
  /** Of all contents together. */
  readonly bytes: number;
}

/** Far above any image anybody runs; a layer beyond is a bomb. */
export const LAYER_LIMITS: LayerLimits = { entries: 5_000_000, bytes: 256 * 2 ** 30 };

/** Unpacks a layer into a directory; on failure what is there is incomplete. */
export async function unpackLayer(
  layer: AsyncIterable<TarItem>,
  to: Unpacking,
  limits: LayerLimits,
  signal: AbortSignal,
): Promise<void> {
  const unpacker = new Unpacker(to);
  let entries = 0;
  let bytes = 0;
  for await (const item of layer) {
    throwIfAborted(signal);
    entries += 1;
    bytes += item.entry.size;
    if (entries > limits.entries || bytes > limits.bytes) {
      throw new SandboxError(
        "too-large",
        `layer: expected at most ${limits.entries} members and ${limits.bytes} bytes, found more`,
      );
    }
    try {
      const written = unpacker.apply(item);
      if (written) await written;
    } catch (error) {
      throw toSandboxError(`layer: ${JSON.stringify(item.entry.path)}`, error);
    }
  }
  throwIfAborted(signal);
  unpacker.finish();
}

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) {
    throw new SandboxError("aborted", "layer: unpacking was cancelled", { cause: signal.reason });
  }
}

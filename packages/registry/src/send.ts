import { pipeline } from "node:stream/promises";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { oneBehind } from "@seaworthy/oci";
import type { RegistryContext } from "./context.ts";

export interface Streamed {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly content: AsyncIterable<Uint8Array>;
}

/**
 * Writes content straight to the socket: a web stream in between costs half the speed, and the adapter reports a
 * client that went away on the console. Content that turns out wrong on its way ends the connection before its last
 * byte, so no client can take it for whole.
 */
export async function sendStream(
  c: RegistryContext,
  { status, headers, content }: Streamed,
): Promise<Response> {
  const { outgoing } = c.env;
  outgoing.writeHead(status, headers);
  try {
    await pipeline(oneBehind(content), outgoing);
  } catch (error) {
    outgoing.destroy();
    // Thrown, it would become a second answer to the same request. This is where the access log looks.
    if (!isDisconnect(error)) c.error = error as Error;
  }
  return RESPONSE_ALREADY_SENT;
}

function isDisconnect(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code;
  return code === "ERR_STREAM_PREMATURE_CLOSE" || code === "ECONNRESET" || code === "EPIPE";
}

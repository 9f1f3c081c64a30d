import { parseJson } from "../document/json.ts";
import type { Fields, Place } from "../document/json.ts";
import { OciError } from "../error.ts";
import { describeRequest, networkError } from "./network-error.ts";
import type { RegistryRequest, RegistryResponse } from "./transport.ts";

/**
 * A whole body of at most `limit` bytes.
 * @throws OciError `too-large`, `network`
 */
export async function readBody(
  request: RegistryRequest,
  response: RegistryResponse,
  limit: number,
): Promise<Buffer> {
  const tooLarge = (found: string): OciError =>
    new OciError("too-large", `${describeRequest(request)}: expected at most ${limit} bytes, found ${found}`);
  const announced = Number(response.headers["content-length"] ?? 0);
  if (announced > limit) {
    response.body.on("error", () => {}).destroy();
    throw tooLarge(String(announced));
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > limit) throw tooLarge("more");
      chunks.push(chunk);
    }
  } catch (error) {
    throw networkError(request, error);
  }
  return Buffer.concat(chunks, size);
}

/** The body as a JSON object. @throws OciError `registry` where it is none */
export async function readJson(
  request: RegistryRequest,
  response: RegistryResponse,
  limit: number,
): Promise<{ readonly fields: Fields; readonly place: Place }> {
  const place: Place = { code: "registry", what: describeRequest(request), path: "" };
  return { fields: parseJson(await readBody(request, response, limit), place), place };
}

import { OciError } from "../error.ts";
import { describeRequest } from "./network-error.ts";
import { discard } from "./transport.ts";
import type { RegistryRequest, RegistryResponse, Transport } from "./transport.ts";

const MOST = 5;
const PRIVATE_HEADERS = new Set(["authorization", "cookie"]);

export interface RedirectOptions {
  /** Whether this address may be asked without TLS. */
  readonly plainHttpAllowed: (url: URL) => boolean;
}

function isRedirect(status: number): boolean {
  return status === 301 || status === 302 || status === 303 || status === 307 || status === 308;
}

/** 307 and 308 repeat the request as it was; the others only make sense for one that reads (RFC 9110, 15.4). */
function mayFollow({ method }: RegistryRequest, status: number): boolean {
  return method === "GET" || method === "HEAD" || status === 307 || status === 308;
}

function target(
  request: RegistryRequest,
  response: RegistryResponse,
  { plainHttpAllowed }: RedirectOptions,
): URL {
  const refuse = (why: string): OciError =>
    new OciError("registry", `${describeRequest(request)}: refused the redirect (${response.status}) ${why}`);
  const location = response.headers["location"];
  if (location === undefined || !URL.canParse(location, response.url.href))
    throw refuse("without a valid location");
  const next = new URL(location, response.url);
  const to = `to ${next.protocol}//${next.host}`;
  if (!mayFollow(request, response.status))
    throw refuse(`${to}: only 307 and 308 repeat a ${request.method}`);
  if (next.username !== "" || next.password !== "") throw refuse(`${to}: it carries credentials`);
  if (next.protocol === "https:") return next;
  if (next.protocol !== "http:") throw refuse(`${to}: expected https`);
  if (response.url.protocol === "https:") throw refuse(`${to}: it leaves TLS`);
  if (!plainHttpAllowed(next)) throw refuse(`${to}: plain HTTP is not allowed there`);
  return next;
}

function withoutCredentials(headers: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !PRIVATE_HEADERS.has(name)));
}

/**
 * Follows redirects, as blob downloads need (registries hand out addresses of a CDN). Credentials stay with the origin
 * they were meant for and never come back on a later hop.
 * @throws OciError `registry` for a redirect that must not be followed
 */
export function redirecting(inner: Transport, options: RedirectOptions): Transport {
  return {
    async send(request: RegistryRequest): Promise<RegistryResponse> {
      let current = request;
      for (let hops = 0; hops <= MOST; hops++) {
        const response = await inner.send(current);
        if (!isRedirect(response.status)) return response;
        discard(response);
        const url = target(current, response, options);
        current =
          url.origin === current.url.origin
            ? { ...current, url }
            : { ...current, url, headers: withoutCredentials(current.headers) };
      }
      throw new OciError("registry", `${describeRequest(request)}: more than ${MOST} redirects`);
    },
  };
}

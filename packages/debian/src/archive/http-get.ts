import { type Secret, retryAfter } from "@seaworthy/oci";
import type { Dispatcher } from "undici";
import { DebianError } from "../error.ts";
import { StatusFault } from "./fault.ts";

const MAX_REDIRECTS = 5;

export interface GetOptions {
  readonly dispatcher: Dispatcher;
  /** By `host/path/`; sent to that place alone. */
  readonly authorization: ReadonlyMap<string, Secret> | undefined;
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The body of a GET, redirects followed. Whoever calls reads or destroys it. */
export async function get(
  start: URL,
  where: string,
  options: GetOptions,
): Promise<Dispatcher.ResponseData["body"]> {
  let url = start;
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    const { statusCode, headers, body } = await requestOnce(url, options);
    // Destroyed before its end it emits an error that nobody may be listening to any more.
    body.on("error", () => undefined);
    if (statusCode === 200) return body;
    await body.dump({ limit: 65_536, signal: options.signal }).catch(() => undefined);
    const location = headers.location;
    if (statusCode < 300 || statusCode >= 400 || typeof location !== "string") {
      const wait = headers["retry-after"];
      throw new StatusFault(statusCode, where, retryAfter(String(wait ?? ""), options.now()));
    }
    url = follow(url, location, where);
  }
  throw new DebianError("archive-unavailable", `${where}: more than ${MAX_REDIRECTS} redirects`);
}

async function requestOnce(url: URL, { dispatcher, authorization, signal }: GetOptions) {
  const { request } = await import("undici");
  const secret = authorizationFor(url, authorization);
  const bare = new URL(url);
  bare.username = "";
  bare.password = "";
  return request(bare, {
    dispatcher,
    signal,
    headers: {
      "user-agent": "seaworthy",
      accept: "*/*",
      ...(secret !== undefined && { authorization: secret }),
    },
  });
}

/** A redirect may change the host, never from https to http: what npm says is only as good as its transport. */
function follow(from: URL, location: string, where: string): URL {
  const to = URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  const allowed = to?.protocol === "https:" || (to?.protocol === "http:" && from.protocol === "http:");
  if (to !== undefined && allowed) return to;
  throw new DebianError(
    "archive-unavailable",
    `${where}: expected a redirect to https, found ${to?.protocol ?? "none"}`,
  );
}

/** The longest prefix of the URL that credentials are kept for, or what the URL itself carries. */
function authorizationFor(url: URL, known: GetOptions["authorization"]): string | undefined {
  if (url.username !== "") {
    const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    return `Basic ${Buffer.from(pair).toString("base64")}`;
  }
  let best = "";
  for (const place of known?.keys() ?? []) {
    if (`${url.host}${url.pathname}`.startsWith(place) && place.length > best.length) best = place;
  }
  return best === "" ? undefined : known?.get(best)?.reveal();
}

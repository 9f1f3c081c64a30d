import type { Fields, Place } from "../document/json.ts";
import { OciError } from "../error.ts";
import type { RegistryClient } from "./client.ts";
import { describeRequest } from "./network-error.ts";
import { readJson } from "./read-body.ts";
import { discard } from "./transport.ts";
import type { RegistryRequest, RegistryResponse } from "./transport.ts";

const PAGE_BYTES = 4 * 1024 * 1024;
const MOST_PAGES = 1000;

/** `Link: </v2/app/tags/list?n=10&last=x>; rel="next"` (RFC 8288), against the address that sent it. */
export function nextPage(response: RegistryResponse): URL | undefined {
  for (const [, target, parameters] of (response.headers["link"] ?? "").matchAll(/<([^<>]*)>([^<]*)/g)) {
    if (!/;\s*rel="?next"?(?:\s*[;,]|\s*$)/i.test(parameters ?? "")) continue;
    return URL.canParse(target!, response.url.href) ? new URL(target!, response.url) : undefined;
  }
  return undefined;
}

export interface Page {
  readonly fields: Fields;
  readonly place: Place;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * A list that comes in pages. Yields nothing where the first is a 404, or one of the statuses named.
 * @throws OciError `registry` for a list without end, or one that leads to another host
 */
export async function* pages(
  client: RegistryClient,
  first: URL,
  absent: readonly number[],
  signal?: AbortSignal,
): AsyncGenerator<Page> {
  const seen = new Set<string>();
  let url: URL | undefined = first;
  while (url !== undefined) {
    const request: RegistryRequest = { method: "GET", url, scopes: [client.scope("pull")], signal };
    const response = await client.call(request, seen.size === 0 ? [200, ...absent] : [200]);
    if (response.status !== 200) {
      discard(response);
      return;
    }
    yield { ...(await readJson(request, response, PAGE_BYTES)), headers: response.headers };
    seen.add(url.href);
    url = nextPage(response);
    if (url !== undefined) checkNext(client, request, url, seen);
  }
}

function checkNext(
  client: RegistryClient,
  request: RegistryRequest,
  url: URL,
  seen: ReadonlySet<string>,
): void {
  const refuse = (why: string): OciError =>
    new OciError("registry", `${describeRequest(request)}: the next page ${why}`);
  if (url.origin !== client.endpoint.origin) throw refuse(`is at another host, ${url.host}`);
  if (seen.has(url.href)) throw refuse("is one that was read before");
  if (seen.size >= MOST_PAGES) throw refuse(`would be more than ${MOST_PAGES}`);
}

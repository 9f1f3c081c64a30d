import { listOf, optional, toText } from "../document/json.ts";
import { isReferrersTag } from "../document/referrer.ts";
import { OciError } from "../error.ts";
import type { RegistryClient } from "./client.ts";
import { pages } from "./pages.ts";

const MOST_TAGS = 100_000;

/** Sorted, without the tags that hold referrers; none where the repository does not exist. */
export async function listTags(client: RegistryClient, signal?: AbortSignal): Promise<readonly string[]> {
  return (await listAllTags(client, signal)).filter((tag) => !isReferrersTag(tag));
}

export async function listAllTags(client: RegistryClient, signal?: AbortSignal): Promise<readonly string[]> {
  const tags = new Set<string>();
  for await (const { fields, place } of pages(
    client,
    client.url("tags/list", { n: "1000" }),
    [404],
    signal,
  )) {
    for (const tag of optional(fields, "tags", place, listOf(toText)) ?? []) tags.add(tag);
    if (tags.size > MOST_TAGS) throw new OciError("too-large", `${place.what}: more than ${MOST_TAGS} tags`);
  }
  return [...tags].sort();
}

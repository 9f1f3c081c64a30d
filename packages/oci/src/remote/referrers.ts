import pLimit from "p-limit";
import type { Descriptor } from "../descriptor.ts";
import type { Digest } from "../digest.ts";
import { listOf, optional } from "../document/json.ts";
import { toDescriptor } from "../document/parse.ts";
import { referrerOf } from "../document/referrer.ts";
import { OciError } from "../error.ts";
import type { RegistryClient } from "./client.ts";
import { readFallback } from "./fallback-index.ts";
import { getManifest } from "./manifests.ts";
import { pages } from "./pages.ts";

const MOST_REFERRERS = 5000;
const AT_ONCE = 4;
/** What registries without the referrers API answer. */
const NO_API = [400, 404, 405, 501];

/**
 * What the referrers API and the fallback tag list, together. Some registries answer with an empty list although they
 * keep none, and those that keep one may not know what was written to the tag before they did.
 */
export async function listReferrers(
  client: RegistryClient,
  subject: Digest,
  artifactType: string | undefined,
  signal?: AbortSignal,
): Promise<readonly Descriptor[]> {
  const [byApi, byTag] = await Promise.all([
    listedByApi(client, subject, artifactType, signal),
    readFallback(client, subject, signal),
  ]);
  checkCount(byTag.length, `${client.repository}, referrers of ${subject}`);
  const known = new Set(byApi.map(({ digest }) => digest));
  const others = byTag.filter(({ digest }) => !known.has(digest));
  const listed = [...byApi, ...(await describe(client, subject, others, signal))];
  // A registry need not filter; whether it did would be in OCI-Filters-Applied.
  return listed.filter((item) => artifactType === undefined || item.artifactType === artifactType);
}

/** None where there is no referrers API. */
export async function listedByApi(
  client: RegistryClient,
  subject: Digest,
  artifactType: string | undefined,
  signal?: AbortSignal,
): Promise<readonly Descriptor[]> {
  const query: Record<string, string> = artifactType === undefined ? {} : { artifactType };
  const url = client.url(`referrers/${subject}`, query);
  const found = new Map<Digest, Descriptor>();
  for await (const { fields, place } of pages(client, url, NO_API, signal)) {
    for (const item of optional(fields, "manifests", place, listOf(toDescriptor)) ?? [])
      found.set(item.digest, item);
    checkCount(found.size, place.what);
  }
  return [...found.values()];
}

/**
 * What the tag lists, as the manifests themselves describe it: other tools write neither the right `artifactType` nor
 * annotations there, and leave entries behind of what was deleted.
 */
async function describe(
  client: RegistryClient,
  subject: Digest,
  listed: readonly Descriptor[],
  signal?: AbortSignal,
): Promise<readonly Descriptor[]> {
  const limit = pLimit(AT_ONCE);
  const read = await Promise.all(
    listed.map(({ digest }) => limit(() => readReferrer(client, subject, digest, signal))),
  );
  return read.filter((item) => item !== undefined);
}

async function readReferrer(
  client: RegistryClient,
  subject: Digest,
  digest: Digest,
  signal?: AbortSignal,
): Promise<Descriptor | undefined> {
  const stored = await getManifest(client, digest, signal);
  const referrer = stored === undefined ? undefined : referrerOf(stored.descriptor, stored.bytes);
  return referrer?.subject === subject ? referrer.descriptor : undefined;
}

function checkCount(count: number, what: string): void {
  if (count > MOST_REFERRERS)
    throw new OciError("too-large", `${what}: more than ${MOST_REFERRERS} referrers`);
}

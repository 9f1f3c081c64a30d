import type { Descriptor } from "../descriptor.ts";
import type { Digest } from "../digest.ts";
import { digestOf } from "../digest.ts";
import { parseIndex } from "../document/parse.ts";
import { referrersIndex, referrersTag } from "../document/referrer.ts";
import { OciError } from "../error.ts";
import { isIndexType, MediaType } from "../media-type.ts";
import type { RegistryClient } from "./client.ts";
import { getManifest, putManifest } from "./manifests.ts";
import { Attempts } from "../retry.ts";
import type { Clock } from "../retry.ts";
import { throwIfAborted } from "../stream/abortable.ts";

/** Of reading, writing and reading again, where others write too: each round one of them gets further. */
const MOST_ROUNDS = 12;
/** Milliseconds. */
const SHORTEST_MOMENT = 50;
const LONGEST_MOMENT = 2000;

type Change = (held: readonly Descriptor[]) => readonly Descriptor[];

/** What the `sha256-<hex>` tag of a subject lists; empty where there is no such tag. */
export async function readFallback(
  client: RegistryClient,
  subject: Digest,
  signal?: AbortSignal,
): Promise<readonly Descriptor[]> {
  const tag = referrersTag(subject);
  const stored = await getManifest(client, tag, signal);
  if (stored === undefined) return [];
  if (!isIndexType(stored.descriptor.mediaType)) {
    throw new OciError(
      "registry",
      `${client.repository}:${tag}: expected an index, found ${stored.descriptor.mediaType}`,
    );
  }
  return parseIndex(stored.bytes, `index ${client.repository}:${tag}`).manifests;
}

/** Lists a referrer ("Pushing Manifests with Subject"). */
export function addFallback(
  client: RegistryClient,
  subject: Digest,
  referrer: Descriptor,
  signal?: AbortSignal,
): Promise<void> {
  const others = without(referrer.digest);
  return change(client, subject, (held) => [...others(held), referrer], signal);
}

export function removeFallback(
  client: RegistryClient,
  subject: Digest,
  digest: Digest,
  signal?: AbortSignal,
): Promise<void> {
  return change(client, subject, without(digest), signal);
}

function without(digest: Digest): Change {
  return (held) => held.filter((item) => item.digest !== digest);
}

function sameDigests(left: readonly Descriptor[], right: readonly Descriptor[]): boolean {
  return left.length === right.length && left.every(({ digest }, index) => digest === right[index]?.digest);
}

/**
 * A tag has no compare-and-set, so two writers may each overwrite what the other wrote. What was written is read again
 * after a moment, and the change made anew until it is seen to be there.
 */
function change(client: RegistryClient, subject: Digest, apply: Change, signal?: AbortSignal): Promise<void> {
  // Of this process at least, one at a time.
  return client.alone(subject, () => changeAlone(client, subject, apply, signal));
}

async function changeAlone(
  client: RegistryClient,
  subject: Digest,
  apply: Change,
  signal?: AbortSignal,
): Promise<void> {
  const { retrying } = client;
  const { clock } = retrying;
  const attempts = new Attempts({ ...retrying, policy: { ...retrying.policy, attempts: MOST_ROUNDS } });
  for (;;) {
    const began = clock.now();
    const held = await readFallback(client, subject, signal);
    const wanted = apply(held);
    if (sameDigests(held, wanted)) return;
    const bytes = referrersIndex(wanted);
    const descriptor = { mediaType: MediaType.index, digest: digestOf(bytes), size: bytes.length };
    await putManifest(client, referrersTag(subject), { descriptor, bytes }, signal);
    await clock.sleep(momentAfter(clock.now() - began, clock), signal);
    throwIfAborted(signal);
    const now = await readFallback(client, subject, signal);
    if (sameDigests(now, apply(now))) return;
    const what = `${client.repository}:${referrersTag(subject)}`;
    if (await attempts.again(`${what} was changed by somebody else`, undefined, signal)) continue;
    throw new OciError("registry", `${what}: the list of referrers is changed by others again and again`, {
      retryable: true,
      hint: "try again when no other release of this image is under way",
    });
  }
}

/**
 * Whoever read the list before this write has overwritten it by then: they take as long from reading to writing as was
 * taken here. Chance keeps two from meeting again.
 */
function momentAfter(taken: number, clock: Clock): number {
  return Math.round(Math.min(Math.max(taken, SHORTEST_MOMENT), LONGEST_MOMENT) * (1 + clock.random()));
}

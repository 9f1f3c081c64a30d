import {
  type Descriptor,
  type Manifest,
  MediaType,
  type Platform,
  type Repository,
  digestOf,
  formatPlatform,
} from "@seaworthy/oci";
import { ReleaseError } from "../error.ts";
import type { ReleaseRequest } from "../request.ts";

const EMPTY = Buffer.from("{}");
const SLOT_TYPE = "application/vnd.seaworthy.slot.v1";

/**
 * The place where the result for one platform of one release is filed. Its manifest follows from what is to be released
 * alone, so every runner makes the same one and finds there what another has done; nobody has to hand digests around,
 * and no two runners write to the same place.
 */
export interface Slot {
  readonly platform: Platform;
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
  /** Of everything the release is made from, for messages and for `Partial`. */
  readonly request: string;
  readonly revision: string;
}

/**
 * @throws ReleaseError `source` where files differ from the commit, or there is none: then two runners cannot know that
 * they build the same
 */
export function slotOf(request: ReleaseRequest, platform: Platform): Slot {
  const { revision, dirty } = request.source;
  if (revision === undefined || dirty) {
    const found = revision === undefined ? "no commit" : "files that differ from the commit";
    throw new ReleaseError("source", `release in parts: found ${found}, expected a clean commit`, {
      hint: "commit first; every runner must build the same commit",
    });
  }
  const key = requestKey(request, platform);
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: MediaType.manifest,
    artifactType: SLOT_TYPE,
    config: emptyBlob(),
    layers: [emptyBlob()],
    annotations: {
      "dev.seaworthy.platform": formatPlatform(platform),
      "dev.seaworthy.request": key,
      "org.opencontainers.image.revision": revision,
    },
  };
  const bytes = Buffer.from(JSON.stringify(manifest));
  const descriptor = { mediaType: MediaType.manifest, digest: digestOf(bytes), size: bytes.length };
  return { platform, descriptor, bytes, request: key, revision };
}

/** Makes the place, unless it is there. */
export async function putSlot(repository: Repository, slot: Slot, signal: AbortSignal): Promise<void> {
  await repository.put(emptyBlob(), [EMPTY], signal);
  await repository.put(slot.descriptor, [slot.bytes], signal);
}

function emptyBlob(): Descriptor {
  return { mediaType: MediaType.empty, digest: digestOf(EMPTY), size: EMPTY.length };
}

/** What the context holds follows from the commit; all else that the image is made from is here. */
function requestKey({ name, build, verify, tests, tags }: ReleaseRequest, platform: Platform): string {
  const bases = Object.entries(build.bases ?? {}).map(([base, made]) => [base, made.key(platform)]);
  return digestOf(
    JSON.stringify([
      name,
      tags.version,
      build.dockerfile.text,
      build.ignore?.text ?? null,
      build.target ?? null,
      build.platforms.map((each) => formatPlatform(each)),
      [build.args, build.labels, build.annotations],
      [build.epoch, build.created],
      bases,
      verify,
      tests.map((group) => group.map(({ run, env }) => [run, env])),
    ]),
  );
}

import type { Descriptor } from "../descriptor.ts";
import { parseJson } from "../document/json.ts";
import { parseIndexAt } from "../document/parse.ts";
import { readIndex, readManifest } from "../document/read.ts";
import { OciError } from "../error.ts";
import type { Layout } from "../layout/layout.ts";
import { isIndexType, isManifestType } from "../media-type.ts";
import { hexOf } from "../digest.ts";
import type { ArchivedImage } from "./archive.ts";
import type { Members } from "./members.ts";

/** containerd and docker keep the full name there. */
const FULL_NAME = "io.containerd.image.name";
const REF_NAME = "org.opencontainers.image.ref.name";
const MAX_DEPTH = 8;

/** OCI image spec, image-layout.md: index.json names the images, blobs hold all of them. */
export async function ociImages(members: Members, layout: Layout): Promise<readonly ArchivedImage[]> {
  const place = { code: "invalid-archive", path: "" } as const;
  const marker = parseJson(await members.read("oci-layout"), { ...place, what: "archive: oci-layout" });
  const version = marker["imageLayoutVersion"];
  if (version !== "1.0.0") {
    const found = JSON.stringify(version) ?? "nothing";
    throw new OciError(
      "invalid-archive",
      `archive: oci-layout: imageLayoutVersion: expected "1.0.0", found ${found}`,
    );
  }
  const { manifests } = parseIndexAt(await members.read("index.json"), {
    ...place,
    what: "archive: index.json",
  });
  const images = new Map<string, ArchivedImage>();
  for (const entry of manifests) {
    const held = images.get(entry.digest);
    const absent = held?.absent ?? (await check(entry, { members, layout }, "index.json"));
    const names = [...new Set([...(held?.names ?? []), ...namesOf(entry)])];
    const { mediaType, digest, size } = entry;
    images.set(digest, { names, root: { mediaType, digest, size }, madeHere: false, absent });
  }
  return [...images.values()];
}

export function namesOf({ annotations = {} }: Pick<Descriptor, "annotations">): readonly string[] {
  return [annotations[FULL_NAME], annotations[REF_NAME]].filter((name) => name !== undefined);
}

interface Held {
  readonly members: Members;
  readonly layout: Layout;
}

/** That everything is there, so that a command fails here and not halfway. Gives the manifests that are left out. */
async function check(
  target: Descriptor,
  held: Held,
  where: string,
  depth = 0,
): Promise<readonly Descriptor[]> {
  present(target, held, where);
  const { digest, mediaType } = target;
  if (depth > MAX_DEPTH) {
    throw new OciError("invalid-archive", `archive: ${digest}: indexes nested more than ${MAX_DEPTH} deep`);
  }
  if (isManifestType(mediaType)) {
    const { config, layers } = await readManifest(held.layout, target);
    for (const part of [config, ...layers]) present(part, held, `manifest ${digest}`);
    return [];
  }
  if (!isIndexType(mediaType)) return [];
  const { manifests } = await readIndex(held.layout, target);
  const there = manifests.filter((manifest) => held.members.has(blobPath(manifest)));
  if (there.length === 0 && manifests.length > 0) present(manifests[0]!, held, `index ${digest}`);
  const below = await Promise.all(there.map((one) => check(one, held, `index ${digest}`, depth + 1)));
  return [...manifests.filter((manifest) => !there.includes(manifest)), ...below.flat()];
}

function present(target: Descriptor, { members }: Held, where: string): void {
  const { size } = members.file(blobPath(target), where);
  if (size === target.size) return;
  throw new OciError(
    "size-mismatch",
    `archive: ${where}: ${target.digest}: expected ${target.size} bytes, found ${size}`,
  );
}

const blobPath = ({ digest }: Descriptor): string => `blobs/sha256/${hexOf(digest)}`;

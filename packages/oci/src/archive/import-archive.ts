import type { Bytes } from "../content-store.ts";
import { OciError } from "../error.ts";
import type { Layout } from "../layout/layout.ts";
import type { ArchiveLimits, ImportedArchive } from "./archive.ts";
import { dockerImages } from "./docker-archive.ts";
import { readMembers } from "./members.ts";
import { ociImages } from "./oci-archive.ts";

/**
 * Reads an image archive, packed or not, in one pass into a layout that should be empty and its own: an OCI layout, or
 * what `docker save` writes. Blobs are verified as they pass; what is missing is found before this returns. Tags are
 * not set: an archive's names are in the result.
 * @throws OciError `invalid-archive`, `invalid-manifest`, `path-escape`, `digest-mismatch`, `size-mismatch`, `too-large`
 */
export async function importArchive(
  source: Bytes,
  layout: Layout,
  options: ArchiveLimits & { readonly signal?: AbortSignal } = {},
): Promise<ImportedArchive> {
  const members = await readMembers(source, layout, options, options);
  const isLayout = members.has("oci-layout") && members.has("index.json");
  if (!isLayout && !members.has("manifest.json")) {
    throw new OciError(
      "invalid-archive",
      "archive: expected oci-layout and index.json, or manifest.json, found neither",
      {
        hint: 'make it with "docker save" or "seaworthy build -o type=oci,dest=FILE"',
      },
    );
  }
  const images = await (isLayout ? ociImages : dockerImages)(members, layout);
  if (images.length === 0) throw new OciError("invalid-archive", "archive: holds no image");
  return { kind: isLayout ? "oci" : "docker", images };
}

import { type Descriptor, type Repository, MediaType, digestOf } from "@seaworthy/oci";

/** The smallest image with these annotations, put into a repository. `content` sets its digest apart. */
export async function putTagged(
  repository: Repository,
  {
    revision,
    version,
    content = "",
  }: { readonly revision?: string; readonly version?: string; readonly content?: string },
  place: "index" | "manifest" | "label" = "index",
): Promise<Descriptor> {
  const names = {
    ...(revision === undefined ? {} : { "org.opencontainers.image.revision": revision }),
    ...(version === undefined ? {} : { "org.opencontainers.image.version": version }),
  };
  const labels = place === "label" ? names : {};
  const config = await put(repository, MediaType.config, {
    architecture: "amd64",
    os: "linux",
    config: { Labels: { ...labels, content } },
    rootfs: { type: "layers", diff_ids: [] },
  });
  const manifest = await put(repository, MediaType.manifest, {
    schemaVersion: 2,
    mediaType: MediaType.manifest,
    config,
    layers: [],
    ...(place === "manifest" ? { annotations: names } : {}),
  });
  return put(repository, MediaType.index, {
    schemaVersion: 2,
    mediaType: MediaType.index,
    manifests: [{ ...manifest, platform: { os: "linux", architecture: "amd64" } }],
    ...(place === "index" ? { annotations: names } : {}),
  });
}

async function put(repository: Repository, mediaType: string, document: object): Promise<Descriptor> {
  const bytes = Buffer.from(JSON.stringify(document));
  const target = { mediaType, digest: digestOf(bytes), size: bytes.length };
  await repository.put(target, [bytes]);
  return target;
}

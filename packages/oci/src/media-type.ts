export const MediaType = {
  manifest: "application/vnd.oci.image.manifest.v1+json",
  index: "application/vnd.oci.image.index.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  empty: "application/vnd.oci.empty.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar",
  layerGzip: "application/vnd.oci.image.layer.v1.tar+gzip",
  layerZstd: "application/vnd.oci.image.layer.v1.tar+zstd",
  dockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
  dockerIndex: "application/vnd.docker.distribution.manifest.list.v2+json",
  dockerConfig: "application/vnd.docker.container.image.v1+json",
  dockerLayer: "application/vnd.docker.image.rootfs.diff.tar.gzip",
  octets: "application/octet-stream",
} as const;

const MANIFESTS: ReadonlySet<string> = new Set([MediaType.manifest, MediaType.dockerManifest]);
const INDEXES: ReadonlySet<string> = new Set([MediaType.index, MediaType.dockerIndex]);

/** One image or artifact. */
export function isManifestType(mediaType: string): boolean {
  return MANIFESTS.has(mediaType);
}

/** A list of manifests. */
export function isIndexType(mediaType: string): boolean {
  return INDEXES.has(mediaType);
}

/** What points at other content: a manifest or a list of them. */
export function isDocumentType(mediaType: string): boolean {
  return isManifestType(mediaType) || isIndexType(mediaType);
}

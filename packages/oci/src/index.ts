export { SeaworthyError, OciError } from "./error.ts";
export type { ErrorDetails, OciErrorCode, Place } from "./error.ts";
export { Secret } from "./secret.ts";
export { digestOf, hexOf, isDigest, parseDigest, shortDigest } from "./digest.ts";
export type { Digest } from "./digest.ts";
export { formatPlatform, hostPlatform, parsePlatform, samePlatform } from "./platform.ts";
export type { Platform } from "./platform.ts";
export type { Annotations, Descriptor } from "./descriptor.ts";
export { MediaType, isDocumentType, isIndexType, isManifestType } from "./media-type.ts";
export { parseIndex, parseManifest } from "./document/parse.ts";
export { parseImageConfig } from "./document/config.ts";
export { MAX_MANIFEST_BYTES, readImageConfig, readIndex, readManifest } from "./document/read.ts";
export {
  isReferrersTag,
  referrerOf,
  referrersIndex,
  referrersTag,
  sniffManifestType,
} from "./document/referrer.ts";
export type { Referrer } from "./document/referrer.ts";
export { checkRepository, checkTag, formatReference, parseReference, withDefaultTag } from "./reference.ts";
export type { Reference } from "./reference.ts";
export { verified } from "./stream/verified.ts";
export { oneBehind } from "./stream/one-behind.ts";
export { hashing } from "./stream/hashing.ts";
export type { Hashing } from "./stream/hashing.ts";
export { collect, limited } from "./stream/limited.ts";
export { abortable, throwIfAborted } from "./stream/abortable.ts";
export { gzip } from "./compress/gzip.ts";
export type { CompressOptions } from "./compress/gzip.ts";
export { zstd } from "./compress/zstd.ts";
export { decompress, sniff } from "./compress/decompress.ts";
export type { Compression, DecompressOptions } from "./compress/decompress.ts";
export { withLock } from "./layout/lock.ts";
export type { LockOptions } from "./layout/lock.ts";
export { openLayout } from "./layout/open.ts";
export type { OpenLayoutOptions } from "./layout/open.ts";
export type { HeldContent, IngestOptions, Layout, SweepRequest } from "./layout/layout.ts";
export { importArchive } from "./archive/import-archive.ts";
export { namesOf } from "./archive/oci-archive.ts";
export type { ArchiveLimits, ArchivedImage, ImportedArchive } from "./archive/archive.ts";
export { copyGraph } from "./copy.ts";
export type { CopyOptions, CopyStats } from "./copy.ts";
export { memoryStore } from "./store/memory.ts";
export type { TarEntry, TarEntryType, TarItem } from "./tar/entry.ts";
export type { TarLimits } from "./tar/limits.ts";
export { readTar } from "./tar/read.ts";
export { writeTar } from "./tar/write.ts";
export { decodePath, encodePath } from "./tar/text.ts";
export type { Bytes, ContentStore, Repository } from "./content-store.ts";
export type { HealthcheckConfig, History, ImageConfig, Index, Manifest, RunConfig } from "./manifest.ts";
export { readImage } from "./image/stored-image.ts";
export type { StoredImage } from "./image/stored-image.ts";
export { layerItems } from "./image/layer-items.ts";
export { Attempts, RETRY_POLICY, isRetryableStatus, retryAfter, systemClock } from "./retry.ts";
export type { Clock, RetryEvent, RetryPolicy, Retrying } from "./retry.ts";
export { reopenable } from "./remote/reopenable.ts";
export { isLoopback } from "./remote/endpoint.ts";
export { networkFault } from "./remote/network-error.ts";
export type { NetworkFault } from "./remote/network-error.ts";
export { redact } from "./remote/redact.ts";

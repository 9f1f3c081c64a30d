import {
  type ContentStore,
  type Descriptor,
  type StoredImage,
  isIndexType,
  readImage,
  readIndex,
} from "@seaworthy/oci";

/** One for each platform. Indices of other builders hold attestations too, for no platform. */
export async function platformImages(
  store: ContentStore,
  image: Descriptor,
  signal: AbortSignal,
): Promise<readonly StoredImage[]> {
  if (!isIndexType(image.mediaType)) return [await readImage(store, image)];
  const { manifests } = await readIndex(store, image, signal);
  const real = manifests.filter(({ platform }) => platform?.os !== "unknown");
  return Promise.all(real.map((manifest) => readImage(store, manifest)));
}

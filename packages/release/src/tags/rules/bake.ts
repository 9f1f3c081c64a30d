/** What a bake file can say about an image. */
export interface BakeInput {
  readonly version?: string;
  readonly images: readonly string[];
  /** With the images' names. */
  readonly tags: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** As `level:key=value`. */
  readonly annotations: readonly string[];
}

export const BAKE_KINDS = ["bake", "bake-tags", "bake-labels", "bake-annotations"] as const;
export type BakeKind = (typeof BAKE_KINDS)[number];

/** A bake definition with one target to inherit from: tags, labels or annotations alone, or tags and labels. */
export function bakeFile(
  kind: BakeKind,
  { version, images, tags, labels, annotations }: BakeInput,
  target = "docker-metadata-action",
): object {
  const args = {
    DOCKER_META_IMAGES: images.join(","),
    ...(version === undefined ? {} : { DOCKER_META_VERSION: version }),
  };
  const content = {
    bake: { tags, labels, args },
    "bake-tags": { tags, args },
    "bake-labels": { labels },
    "bake-annotations": { annotations },
  }[kind];
  return { target: { [target]: content } };
}

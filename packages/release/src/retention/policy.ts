/** How long tags stay that match. Either of the two reasons is enough. */
export interface RetentionRule {
  /** Patterns: see `tagPattern`. */
  readonly tags: readonly string[];
  /** Milliseconds since the image came or was named last. */
  readonly for?: number | "ever";
  /** So many of those that match, the newest, however old. */
  readonly newest?: number;
}

export interface RetentionPolicy {
  /** So many releases stay whatever the rules say. */
  readonly newest: number;
  /** Good versions before the one that is deployed, in every environment; at least one. */
  readonly rollbacks: number;
  /** Milliseconds that nothing is touched for which nobody tags: it may be half of an upload. */
  readonly untagged: number;
  /** The first one that matches a tag decides about it. */
  readonly rules: readonly RetentionRule[];
}

const DAY = 86_400_000;

/** Versions for ever, all else for a month. They come after those of the config. */
export const DEFAULT_RULES: readonly RetentionRule[] = [
  { tags: ["<version>", "latest"], for: "ever" },
  { tags: ["*"], for: 30 * DAY },
];

/** What `seaworthy clean` keeps. What is deployed, and what a rollback needs, stays whatever is said here. */
export interface Retention {
  /** So many releases, the newest, whatever the rules say; pull requests are not counted. Default 10. */
  newest?: number;
  /** Good versions before the one that is deployed, in every environment. Default 3, at least 1. */
  rollbacks?: number;
  /** How long nothing is touched that has no tag: `"24h"`, which is the default, or seconds. At least an hour. */
  untagged?: number | string;
  /** Before those that are there: versions and `latest` for ever, all else 30 days. */
  rules?: RetentionRule[];
}

/**
 * How long tags stay; the first rule that matches a tag decides. `*`, `?`, `<version>` (`v1.2.3`, `1.2`, pre-releases),
 * `<sha>` (7 to 40 hex digits): `"pr-*"`, `"*-<sha>"`. An image stays while one of its tags does.
 */
export interface RetentionRule {
  tags: string | string[];
  /** Since it came or was named last: `"30d"`, seconds, or `"ever"`. */
  for?: number | string;
  /** So many, the newest, however old. */
  newest?: number;
}

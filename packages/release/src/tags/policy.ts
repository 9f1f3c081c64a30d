import { type LatestPolicy, planDefault } from "./default-policy.ts";
import type { Event } from "./event.ts";
import type { TagPlan } from "./plan.ts";
import { applyRules } from "./rules/apply.ts";
import { shortLengthOf } from "./rules/expressions.ts";
import { parseFlavor, parseRules } from "./rules/parse.ts";

/** How the tags of this repository come about. */
export interface TagPolicy {
  /** Of the default policy. Default: `default-branch`. */
  readonly latest?: LatestPolicy;
  /** As docker/metadata-action takes them; in place of the default policy. */
  readonly rules?: string;
  /** What messages call them. */
  readonly rulesName?: string;
  readonly flavor?: string;
  /** Length of shortened commit ids in rules, as `DOCKER_METADATA_SHORT_SHA_LENGTH` has it. */
  readonly shortLength?: string;
  /** Milliseconds since 1970, for dates in rules. */
  readonly now: number;
}

/**
 * The tags that an event gives. Changed files give the default policy's `-dirty` tag alone, whatever the rules.
 * @throws ReleaseError `rules`, `event`, `source`
 */
export function planTags(event: Event, policy: TagPolicy): TagPlan {
  const { rules, flavor = "", latest, shortLength, now } = policy;
  if (rules === undefined || (event.dirty && event.kind !== "pull-request"))
    return planDefault(event, latest);
  const parsed = parseRules(rules, policy.rulesName);
  const plan = applyRules(parsed.rules, parseFlavor(flavor), {
    event,
    now,
    shortLength: shortLengthOf(shortLength),
  });
  const version = plan.version ?? event.revision?.slice(0, shortLengthOf(undefined)) ?? "dev";
  return { ...plan, version, warnings: [...parsed.warnings, ...plan.warnings] };
}

import type { Source } from "./source.ts";
import { planDefault } from "./tags/default-policy.ts";
import { eventFromGit } from "./tags/events/git.ts";
import type { TagPlan } from "./tags/plan.ts";

/** What plain git and the default policy give, where nobody asks for an event: see `planTags`. */
export function tagsFor(source: Source): TagPlan {
  return planDefault(eventFromGit(source));
}

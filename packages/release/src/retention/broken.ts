import type { Digest } from "@seaworthy/oci";
import type { Graph } from "./graph.ts";
import { namesOf } from "./judge.ts";
import type { Survey } from "./survey.ts";

/** An image that cannot be pulled whole, whatever is done here. */
export interface Broken {
  /** Absent for a tag with nothing behind it. */
  readonly digest?: Digest;
  readonly tags: readonly string[];
  /** Itself, or what it lists at any depth. */
  readonly missing: readonly Digest[];
}

/** Of what somebody gave a tag. Lists of referrers outlive what they list in many registries, and break nothing. */
export function brokenIn({ items, dangling }: Survey, graph: Graph): readonly Broken[] {
  const nothing = dangling.map((tag) => ({ tags: [tag], missing: [] }));
  const incomplete = [...items.values()].flatMap((item) => {
    const tags = namesOf(item);
    const missing = tags.length === 0 ? [] : graph.missing(item.digest);
    return missing.length === 0 ? [] : [{ digest: item.digest, tags, missing }];
  });
  return [...nothing, ...incomplete];
}

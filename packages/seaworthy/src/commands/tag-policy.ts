import type { TagPolicy } from "@seaworthy/release";
import type { ParsedConfig } from "../config/schema.ts";

/** What the config says of tags; without a word the default table holds. */
export function policyOf({ latest, rules, flavor }: ParsedConfig["tags"], now: number): TagPolicy {
  return {
    now,
    ...(latest === undefined ? {} : { latest }),
    ...(rules === undefined ? {} : { rules, rulesName: "tags.rules" }),
    ...(flavor === undefined ? {} : { flavor }),
  };
}

import type { ParsedConfig } from "../../config/schema.ts";

/** Rights that stay out of a workflow until something needs them; each is named there with what it is for. */
const GRANTS = {
  statuses: "for notifications as commit statuses",
  deployments: "for notifications as deployments",
  "id-token": "for signing without a key",
  "security-events": "for what a scan finds, as alerts of code scanning",
} as const;

export type Grant = keyof typeof GRANTS;

/** What a config cannot do without. The rest stays a comment until somebody wants it. */
export function grantsOf({ scan }: Pick<ParsedConfig, "scan">): readonly Grant[] {
  return scan === undefined ? [] : ["security-events"];
}

/** Lines of `permissions`, as comments where they are not given. */
export function grantLines(given: readonly Grant[]): readonly string[] {
  return Object.entries(GRANTS).map(([scope, why]) => {
    const line = `${scope}: write # ${why}`;
    return given.includes(scope as Grant) ? line : `# ${line}`;
  });
}

/** Rights that stay out of a workflow until something needs them; each is named there with what it is for. */
const GRANTS = {
  statuses: "for notifications as commit statuses",
  deployments: "for notifications as deployments",
  "id-token": "for signing without a key",
} as const;

export type Grant = keyof typeof GRANTS;

/** Lines of `permissions`, as comments where they are not given. */
export function grantLines(given: readonly Grant[]): readonly string[] {
  return Object.entries(GRANTS).map(([scope, why]) => {
    const line = `${scope}: write # ${why}`;
    return given.includes(scope as Grant) ? line : `# ${line}`;
  });
}

/**
 * The actions that generated workflows use: these and no others, by the commit of a release. A tag of an action can be
 * moved by whoever takes over its repository (CVE-2025-30066, CVE-2026-33634); a commit cannot.
 *
 * Both commits are what the release tag pointed to in the action's own repository, on its main branch, looked up in a
 * clone and found under the same version in unrelated public workflows. To move one: read what changed between the two
 * releases, let a new release be some weeks old, then
 *
 *     git ls-remote https://github.com/actions/checkout 'refs/tags/v*'
 *
 * (of an annotated tag the line with `^{}`), change it here, run `npx seaworthy init github --force`, and put the same
 * commit into action.yml; the tests say where one was forgotten.
 */
export const PINS = {
  "actions/checkout": { commit: "3d3c42e5aac5ba805825da76410c181273ba90b1", version: "v7.0.1" },
  "actions/setup-node": { commit: "820762786026740c76f36085b0efc47a31fe5020", version: "v7.0.0" },
} as const;

/** As `uses:` takes it, with the version in a comment, where Dependabot and Renovate look for it. */
export function pinned(action: keyof typeof PINS): string {
  const { commit, version } = PINS[action];
  return `${action}@${commit} # ${version}`;
}

/** Codes of what is wrong with content itself; a network that fails says nothing about it. */
export const DAMAGED: ReadonlySet<string> = new Set([
  "not-found",
  "digest-mismatch",
  "size-mismatch",
  "invalid-manifest",
  "invalid-digest",
  "too-large",
]);

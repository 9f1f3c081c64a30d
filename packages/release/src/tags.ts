import type { Source } from "./source.ts";

export interface TagPlan {
  /** What people call this release: the tag that names one commit. */
  readonly version: string;
  /** Without repository; fixed ones first. */
  readonly tags: readonly string[];
}

const SHORT = 7;
const MAX_TAG = 128;

/**
 * `<branch>-<sha>` for every commit (`<git tag>-<sha>` where only a git tag is checked out) and `latest` on the default branch. Files that differ from the commit give
 * `-dirty` and never move `latest`: a name that says a revision must hold that revision.
 */
export function tagsFor({ revision, branch, tag, defaultBranch, dirty }: Source): TagPlan {
  if (revision === undefined) return { version: "dev", tags: ["dev"] };
  const sha = revision.slice(0, SHORT);
  const suffix = dirty ? `-${sha}-dirty` : `-${sha}`;
  const version = toTag(branch ?? tag ?? "detached", MAX_TAG - suffix.length) + suffix;
  const latest = !dirty && branch !== undefined && branch === defaultBranch;
  return { version, tags: latest ? [version, "latest"] : [version] };
}

/** A branch name as a legal tag: lower case, `/` and other marks become `-`, never first (distribution spec, tag grammar). */
function toTag(name: string, room: number): string {
  const legal = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9_.-]+/g, "-")
    .replace(/^[.-]+/, "")
    .slice(0, room);
  return legal === "" ? "branch" : legal;
}

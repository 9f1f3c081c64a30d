import type { Source } from "../../source.ts";
import type { Event } from "../event.ts";
import { known } from "./fields.ts";

/**
 * What plain git says, where no CI does. A branch counts as pushed; a git tag on a detached head as well, as that is
 * how tags are checked out. Without either, or with a git tag but changed files, only the commit is known.
 */
export function eventFromGit(source: Source): Event {
  const { revision, branch, tag, dirty, committed, url, defaultBranch } = source;
  const common = {
    name: "git",
    dirty,
    ...known<{ revision: string; committed: number }>({ revision, committed }),
    repository: known<Event["repository"]>({ name: url?.split("/").at(-1), url, defaultBranch }),
  };
  if (revision === undefined) return { ...common, kind: "other" };
  if (branch !== undefined) return { ...common, kind: "branch", ref: `refs/heads/${branch}`, branch };
  if (tag === undefined) return { ...common, kind: "other" };
  return { ...common, kind: dirty ? "other" : "tag", ref: `refs/tags/${tag}`, tag };
}

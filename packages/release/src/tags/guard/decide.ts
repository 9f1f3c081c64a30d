import type { TagKind } from "../plan.ts";
import { compareVersions } from "../version.ts";

/** What a tag points at now, as far as it says so itself. */
export interface TagTarget {
  /** Undefined before the image is built. */
  readonly digest?: string;
  /** Full commit id. */
  readonly revision?: string;
  /** A whole version, not a series. */
  readonly version?: string;
}

/** Where the new commit stands, seen from the one that is published. */
export type Relation =
  | { readonly is: "same" | "ahead" | "behind" | "unrelated" }
  | { readonly is: "unknown"; readonly reason: string; readonly hint?: string };

export interface MoveQuestion {
  readonly kind: TagKind;
  /** Undefined where the tag does not exist. */
  readonly current: TagTarget | undefined;
  readonly next: TagTarget;
  /** Undefined where nobody asked git: then what depends on it is unknown. */
  readonly ancestry?: Relation;
  /** Someone said to go against what is unrelated or unknown. Never against a release, never back. */
  readonly force?: boolean;
}

export interface MoveDecision {
  readonly does: "move" | "same" | "behind" | "refused";
  readonly reason: string;
  readonly hint?: string;
}

/**
 * Whether a tag may point at something new: the one place that says so.
 * `behind` is no failure: something newer is published already. `refused` is one.
 */
export function decideMove(question: MoveQuestion): MoveDecision {
  const { kind, current, next } = question;
  if (current === undefined) return { does: "move", reason: "new" };
  if (current.digest !== undefined && current.digest === next.digest) {
    return { does: "same", reason: "points there already" };
  }
  switch (kind) {
    case "release":
      return release(current, next);
    case "version":
      return version(question, current);
    case "branch":
      return branch(question, current);
    case "commit":
      return commit(current, next);
    case "pull-request":
      return question.ancestry?.is === "behind"
        ? { does: "behind", reason: "a later commit of the pull request is published" }
        : { does: "move", reason: "last build of the pull request" };
    case "scratch":
      return { does: "move", reason: "changed files" };
  }
}

/** Whether git has to be asked before `decideMove` can answer. */
export function needsAncestry(kind: TagKind, current: TagTarget, next: TagTarget): boolean {
  if (kind === "branch" || kind === "pull-request") return true;
  return kind === "version" && versionStep(current, next) === undefined;
}

/** Above 0 where the next is newer. */
function versionStep({ version: older }: TagTarget, { version: newer }: TagTarget): number | undefined {
  return older === undefined || newer === undefined ? undefined : compareVersions(newer, older);
}

function release(current: TagTarget, next: TagTarget): MoveDecision {
  if (next.digest === undefined) return { does: "same", reason: "published; moves nowhere" };
  return {
    does: "refused",
    reason: `released as ${short(current.digest)}; this build is ${short(next.digest)}`,
    hint: "a release keeps its digest: make a new version",
  };
}

function version(question: MoveQuestion, current: TagTarget): MoveDecision {
  const { next } = question;
  const step = versionStep(current, next);
  // A tag that followed a branch before, or was made by another tool: commits are what is left to compare.
  if (step === undefined) return branch(question, current);
  if (step < 0) return { does: "behind", reason: `${current.version} is newer than ${next.version}` };
  if (step > 0) return { does: "move", reason: `${next.version} is newer than ${current.version}` };
  if (next.digest === undefined) return { does: "same", reason: `stands for ${current.version} already` };
  if (current.revision !== undefined && current.revision === next.revision) {
    return { does: "move", reason: `another build of ${current.version}` };
  }
  return {
    does: "refused",
    reason: `stands for ${current.version} of commit ${short(current.revision)}, this build is of ${short(next.revision)}`,
    hint: "a version is one commit: make a new version",
  };
}

function branch({ next, ancestry, force = false }: MoveQuestion, current: TagTarget): MoveDecision {
  const [from, to] = [short(current.revision), short(next.revision)];
  switch (ancestry?.is) {
    case "same":
      return { does: "move", reason: `another build of commit ${to}` };
    case "ahead":
      return { does: "move", reason: `commit ${to} follows ${from}` };
    case "behind":
      return { does: "behind", reason: `commit ${from} follows ${to}` };
    case "unrelated":
      return force
        ? { does: "move", reason: `commit ${to} does not follow ${from}; forced` }
        : {
            does: "refused",
            reason: `commit ${to} does not follow ${from}, to which the tag points`,
            hint: "if the branch was rewritten, say so with --force-tags",
          };
    case "unknown":
    case undefined:
      return unknown(ancestry, force);
  }
}

function unknown(
  ancestry: (Relation & { readonly is: "unknown" }) | undefined,
  force: boolean,
): MoveDecision {
  const why = ancestry?.reason ?? "git was not asked";
  if (force) return { does: "move", reason: `${why}; forced` };
  return {
    does: "refused",
    reason: why,
    hint: ancestry?.hint ?? "if it is right to move the tag, say so with --force-tags",
  };
}

/** A tag with a commit in its name. Seven digits may stand for two commits. */
function commit(current: TagTarget, next: TagTarget): MoveDecision {
  if (current.revision === undefined || current.revision === next.revision) {
    return { does: "move", reason: "another build of the commit" };
  }
  return {
    does: "refused",
    reason: `names commit ${short(next.revision)}, but holds ${short(current.revision)}`,
    hint: "make the commit's part of the name longer",
  };
}

/** Enough of a commit or a digest for a person. */
function short(id: string | undefined): string {
  if (id === undefined) return "(unknown)";
  return id.startsWith("sha256:") ? id.slice(0, 19) : id.slice(0, 12);
}

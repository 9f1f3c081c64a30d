import { EvidenceError } from "../../error.ts";
import type { Scanner } from "../scanner.ts";
import type { StreamGit } from "./git.ts";
import { readPatches } from "./patch.ts";

/**
 * Every line that commits add, newest commit first, also what later ones delete.
 * @param range as git takes it, `A..B`; everything that any branch, tag or stash reaches where there is none
 * @throws EvidenceError `git` for a range that is none
 */
export async function scanHistory(
  scanner: Scanner,
  range: string | undefined,
  git: StreamGit,
  signal: AbortSignal,
): Promise<void> {
  if (range !== undefined && (range.startsWith("-") || range.trim() === "")) {
    throw new EvidenceError("git", `range ${JSON.stringify(range)}: expected two commits as A..B`);
  }
  const revisions = range === undefined ? ["--all"] : ["--end-of-options", range, "--"];
  for await (const { commit, path, lines, text, binary, cut } of readPatches(
    git([...LOG, ...revisions], signal),
  )) {
    signal.throwIfAborted();
    if (binary) scanner.skip("binary", path);
    else {
      if (cut) scanner.skip("cut", path);
      await scanner.scan({ where: { kind: "commit", path, commit }, text, lines });
    }
  }
}

/**
 * Nothing of the user's config or the repository's attributes changes what is seen: a file marked binary is text here
 * too. Of a merge, only what resolving it brought.
 */
const LOG = [
  "--no-replace-objects",
  "-c",
  "log.showRoot=true",
  "-c",
  "core.quotePath=false",
  "log",
  "-p",
  "-U0",
  "--format=commit %H",
  "--no-show-signature",
  "--no-color",
  "--no-ext-diff",
  "--no-textconv",
  "--no-renames",
  "--no-notes",
  "--text",
  "--full-history",
  "--diff-merges=remerge",
  "--src-prefix=a/",
  "--dst-prefix=b/",
  "--inter-hunk-context=0",
  "--ignore-submodules=all",
  "--no-relative",
  "-O/dev/null",
];

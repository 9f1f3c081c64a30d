import { ReleaseError } from "./error.ts";

/** Where the sources stand: what tags, labels and the record are made from. */
export interface Source {
  /** Full commit id; undefined outside a git repository and before its first commit. */
  readonly revision?: string;
  /** On a detached head the branch whose tip this commit is, where there is only one such branch. */
  readonly branch?: string;
  /** The git tag of this commit, the highest version where there are several. */
  readonly tag?: string;
  readonly defaultBranch?: string;
  /** Files differ from the commit: the revision does not tell the whole truth. */
  readonly dirty: boolean;
  /** Seconds since 1970 of the commit. */
  readonly committed?: number;
  /** `https://` address without credentials. */
  readonly url?: string;
}

export interface GitAnswer {
  readonly ok: boolean;
  /** What it printed, without the last line end. */
  readonly out: string;
  /** What it said about a failure. */
  readonly problem: string;
}

/** Runs git with these arguments in the folder of the sources. Rejects only where it cannot be started. */
export type Git = (args: readonly string[]) => Promise<GitAnswer>;

const HEADS = "refs/heads/";
const ORIGIN = "refs/remotes/origin/";

/**
 * Asks git, and nothing but git, where the sources stand. Outside a repository only `dirty` is known.
 * @throws ReleaseError `source` where there is a repository that git will not read
 */
export async function readSource(git: Git): Promise<Source> {
  const head = await git(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"]);
  if (!head.ok) return withoutCommit(git);
  const text = async (...args: readonly string[]): Promise<string | undefined> => {
    const { ok, out } = await git(args);
    return ok && out !== "" ? out : undefined;
  };
  const [attached, status, committed, remote, tags, branches, originHead] = await Promise.all([
    text("symbolic-ref", "--quiet", "HEAD"),
    // Ignored files do not count; untracked ones do, as COPY would take them.
    git(["status", "--porcelain", "--untracked-files=normal"]),
    text("log", "-1", "--format=%ct"),
    text("remote", "get-url", "origin"),
    text("tag", "--points-at", "HEAD", "--sort=-version:refname"),
    text("for-each-ref", "--format=%(objectname) %(refname)", "refs/heads", "refs/remotes/origin"),
    text("symbolic-ref", "--quiet", `${ORIGIN}HEAD`),
  ]);
  const known = branchesOf(branches ?? "");
  const branch = attached === undefined ? onlyTip(known, head.out) : attached.slice(HEADS.length);
  const defaultBranch =
    originHead === undefined ? guessDefault(known, remote !== undefined) : originHead.slice(ORIGIN.length);
  const [tag] = (tags ?? "").split("\n").filter((line) => line !== "");
  const url = webAddress(remote);
  return {
    revision: head.out,
    dirty: !status.ok || status.out !== "",
    ...(branch === undefined ? {} : { branch }),
    ...(tag === undefined ? {} : { tag }),
    ...(defaultBranch === undefined ? {} : { defaultBranch }),
    ...(committed === undefined ? {} : { committed: Number(committed) }),
    ...(url === undefined ? {} : { url }),
  };
}

/** No repository and one without a commit are no fault; one that git refuses to read would give wrong tags. */
async function withoutCommit(git: Git): Promise<Source> {
  const { ok, problem } = await git(["rev-parse", "--git-dir"]);
  if (ok || /not a git repository/i.test(problem)) return { dirty: true };
  throw new ReleaseError("source", `git: ${problem.split("\n")[0]}`, {
    hint: /dubious ownership/.test(problem)
      ? "tell git that this folder is yours: git config --global --add safe.directory FOLDER"
      : 'run "git status" here and mend what it says',
  });
}

interface Branch {
  readonly name: string;
  readonly tip: string;
  readonly local: boolean;
}

function branchesOf(listing: string): readonly Branch[] {
  return listing.split("\n").flatMap<Branch>((line) => {
    const [tip = "", ref = ""] = line.split(" ");
    if (ref.startsWith(HEADS)) return [{ name: ref.slice(HEADS.length), tip, local: true }];
    if (!ref.startsWith(ORIGIN) || ref === `${ORIGIN}HEAD`) return [];
    return [{ name: ref.slice(ORIGIN.length), tip, local: false }];
  });
}

/** CI checks a commit out, not a branch. Two branches with the same tip leave open which one it was. */
function onlyTip(branches: readonly Branch[], commit: string): string | undefined {
  const names = new Set(branches.filter(({ tip }) => tip === commit).map(({ name }) => name));
  return names.size === 1 ? [...names][0] : undefined;
}

/**
 * Where origin does not say it: `main`, else `master`. Another name only in a repository without origin that has no
 * other branch; a clone of one branch looks the same, but its branch may be anything, and `latest` would follow it.
 */
function guessDefault(branches: readonly Branch[], hasOrigin: boolean): string | undefined {
  const names = new Set(branches.map(({ name }) => name));
  const usual = ["main", "master"].find((name) => names.has(name));
  return usual ?? (names.size === 1 && !hasOrigin ? [...names][0] : undefined);
}

/** Remotes as browsers open them; user names and tokens are left out, local paths are nobody's address. */
export function webAddress(remote: string | undefined): string | undefined {
  if (remote === undefined) return undefined;
  const scp = /^(?:[\w.-]+@)?([\w.-]+\.[a-z]+):(?!\/\/)\/*(.+)$/i.exec(remote);
  const address = scp === null ? remote : `ssh://${scp[1]}/${scp[2]}`;
  if (!URL.canParse(address)) return undefined;
  const { protocol, host, hostname, pathname } = new URL(address);
  if (!/^(?:https?|ssh|git):$/.test(protocol) || hostname === "") return undefined;
  // The port of ssh is not the one that browsers use.
  const at = protocol.startsWith("http") ? host : hostname;
  return `https://${at}${pathname.replace(/\/+$/, "").replace(/\.git$/, "")}`;
}

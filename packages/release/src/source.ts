import { ReleaseError } from "./error.ts";
import { PAST_COMMITS, rememberPast } from "./past.ts";

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
const ORIGIN_HEAD = `${ORIGIN}HEAD`;
const TAGS = "refs/tags/";
const REF = "%(objectname) %(*objectname) %(refname) %(symref)";

/**
 * Asks git, and nothing but git, where the sources stand. Outside a repository only `dirty` is known.
 * @throws ReleaseError `source` where there is a repository that git will not read
 */
export async function readSource(git: Git): Promise<Source> {
  // Few questions, all at once: starting a process costs more than most answers.
  const [head, status, origin, refs] = await Promise.all([
    git(["rev-list", `--max-count=${PAST_COMMITS}`, "--timestamp", "HEAD"]),
    // Ignored files do not count; untracked ones do, as COPY would take them.
    git(["status", "--porcelain=v2", "--branch", "--no-ahead-behind", "--untracked-files=normal"]),
    git(["remote", "get-url", "origin"]),
    git(["for-each-ref", "--sort=-version:refname", `--format=${REF}`, HEADS, ORIGIN, TAGS]),
  ]);
  if (!head.ok) return withoutCommit(git);
  for (const { ok, problem } of [status, refs]) if (!ok) throw unreadable(problem);
  const commits = head.out.split("\n").map((line) => line.split(" "));
  const [committed = "", revision = ""] = commits[0] ?? [];
  rememberPast(commits.map(([, id = ""]) => id));
  const known = refsOf(refs.out);
  const remote = origin.ok && origin.out !== "" ? origin.out : undefined;
  const { attached, dirty } = statusOf(status.out);
  const branch = attached ?? onlyTip(known, revision);
  const defaultBranch = known.defaultBranch ?? guessDefault(known, remote !== undefined);
  const tag = known.tags.find(({ tip }) => tip === revision)?.name;
  const url = webAddress(remote);
  return {
    revision,
    dirty,
    ...(branch === undefined ? {} : { branch }),
    ...(tag === undefined ? {} : { tag }),
    ...(defaultBranch === undefined ? {} : { defaultBranch }),
    committed: Number(committed),
    ...(url === undefined ? {} : { url }),
  };
}

const BRANCH_HEAD = "# branch.head ";

/** A branch named `(detached)` is taken for none: what git prints does not tell them apart. */
function statusOf(out: string): { readonly attached?: string; readonly dirty: boolean } {
  const lines = out.split("\n");
  const head = lines.find((line) => line.startsWith(BRANCH_HEAD))?.slice(BRANCH_HEAD.length);
  const dirty = lines.some((line) => line !== "" && !line.startsWith("# "));
  return head === undefined || head === "(detached)" ? { dirty } : { attached: head, dirty };
}

/** No repository and one without a commit are no fault; one that git refuses to read would give wrong tags. */
async function withoutCommit(git: Git): Promise<Source> {
  const { ok, problem } = await git(["rev-parse", "--git-dir"]);
  if (ok || /not a git repository/i.test(problem)) return { dirty: true };
  throw unreadable(problem);
}

function unreadable(problem: string): ReleaseError {
  return new ReleaseError("source", `git: ${problem.split("\n")[0]}`, {
    hint: /dubious ownership/.test(problem)
      ? "tell git that this folder is yours: git config --global --add safe.directory FOLDER"
      : 'run "git status" here and mend what it says',
  });
}

interface Ref {
  readonly name: string;
  /** Of an annotated tag the commit. */
  readonly tip: string;
}

interface Refs {
  /** Here and at origin. */
  readonly branches: readonly Ref[];
  /** The highest version first. */
  readonly tags: readonly Ref[];
  /** Where origin says it. */
  readonly defaultBranch?: string;
}

function refsOf(listing: string): Refs {
  const refs = listing.split("\n").map((line) => {
    const [object = "", peeled = "", ref = "", symref = ""] = line.split(" ");
    return { tip: peeled === "" ? object : peeled, ref, symref };
  });
  const under = (prefix: string): readonly Ref[] =>
    refs.flatMap(({ tip, ref }) =>
      ref.startsWith(prefix) && ref !== ORIGIN_HEAD ? [{ name: ref.slice(prefix.length), tip }] : [],
    );
  const head = refs.find(({ ref }) => ref === ORIGIN_HEAD)?.symref;
  return {
    branches: [...under(HEADS), ...under(ORIGIN)],
    tags: under(TAGS),
    ...(head?.startsWith(ORIGIN) === true ? { defaultBranch: head.slice(ORIGIN.length) } : {}),
  };
}

/** CI checks a commit out, not a branch. Two branches with the same tip leave open which one it was. */
function onlyTip({ branches }: Refs, commit: string): string | undefined {
  const names = new Set(branches.filter(({ tip }) => tip === commit).map(({ name }) => name));
  return names.size === 1 ? [...names][0] : undefined;
}

/**
 * Where origin does not say it: `main`, else `master`. Another name only in a repository without origin that has no
 * other branch; a clone of one branch looks the same, but its branch may be anything, and `latest` would follow it.
 */
function guessDefault({ branches }: Refs, hasOrigin: boolean): string | undefined {
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

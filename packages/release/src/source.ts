/** Where the sources stand: what tags, labels and the record are made from. */
export interface Source {
  /** Full commit id; undefined outside a git repository. */
  readonly revision?: string;
  /** Undefined on a detached head that no branch name is known for. */
  readonly branch?: string;
  readonly defaultBranch?: string;
  /** Files differ from the commit: the revision does not tell the whole truth. */
  readonly dirty: boolean;
  /** Seconds since 1970 of the commit. */
  readonly committed?: number;
  /** `https://` address without credentials. */
  readonly url?: string;
}

/** Runs git with these arguments and gives its output, or undefined where it fails. */
export type Git = (args: readonly string[]) => Promise<string | undefined>;

export async function readSource(git: Git): Promise<Source> {
  const revision = await git(["rev-parse", "--verify", "--quiet", "HEAD"]);
  if (revision === undefined) return { dirty: true };
  const [branch, remoteHead, status, committed, remote, initial] = await Promise.all([
    git(["symbolic-ref", "--short", "--quiet", "HEAD"]),
    git(["symbolic-ref", "--short", "--quiet", "refs/remotes/origin/HEAD"]),
    git(["status", "--porcelain", "--untracked-files=normal"]),
    git(["log", "-1", "--format=%ct"]),
    git(["remote", "get-url", "origin"]),
    git(["for-each-ref", "--format=%(refname:short)", "refs/heads/main", "refs/heads/master"]),
  ]);
  const defaultBranch = remoteHead?.replace(/^origin\//, "") ?? initial?.split("\n")[0];
  const url = webAddress(remote);
  return {
    revision,
    dirty: status !== "",
    ...(branch === undefined ? {} : { branch }),
    ...(defaultBranch === undefined || defaultBranch === "" ? {} : { defaultBranch }),
    ...(committed === undefined ? {} : { committed: Number(committed) }),
    ...(url === undefined ? {} : { url }),
  };
}

/** Remotes as browsers open them; user names and tokens are left out, local paths are nobody's address. */
export function webAddress(remote: string | undefined): string | undefined {
  if (remote === undefined) return undefined;
  const scp = /^(?:[\w.-]+@)?([\w.-]+\.[a-z]+):(?!\/\/)(.+)$/i.exec(remote);
  const address = scp === null ? remote : `https://${scp[1]}/${scp[2]}`;
  if (!URL.canParse(address)) return undefined;
  const { protocol, host, pathname } = new URL(address);
  if (!/^(?:https?|ssh|git):$/.test(protocol)) return undefined;
  return `https://${host}${pathname.replace(/\.git\/?$/, "").replace(/\/$/, "")}`;
}

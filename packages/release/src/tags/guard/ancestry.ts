import pLimit from "p-limit";
import type { Git, GitAnswer } from "../../source.ts";
import { knownPast } from "../../past.ts";
import type { Relation } from "./decide.ts";

/** What git knows of the order of commits. Asks the remote only for what is missing here. */
export interface Ancestry {
  /** Where `next` stands, seen from `current`. */
  relation(current: string | undefined, next: string | undefined): Promise<Relation>;
  /** Of these shortened commit ids the newest that follows `commit`. */
  newest(commit: string, shorts: readonly string[]): Promise<string | undefined>;
}

const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
const REMOTE = "origin";
/** Commits to fetch below what a shallow clone has, before all of them. */
const DEEPEN = ["--deepen=64", "--unshallow"];
const MAX_NEWER = 10_000;

/**
 * It is for one release, and remembers what git knows for sure: how two commits follow does not change. One question at a
 * time, as a git that fetches locks others out, and the answer to one often is that to the next.
 */
export function gitAncestry(git: Git): Ancestry {
  const related = new Map<string, Relation>();
  const newer = new Map<string, Newest>();
  const limit = pLimit(1);
  return {
    relation: (current, next) =>
      limit(async () => {
        const key = `${current} ${next}`;
        const answer = related.get(key) ?? (await relation(git, current, next));
        if (answer.is !== "unknown") related.set(key, answer);
        return answer;
      }),
    newest: (commit, shorts) =>
      limit(async () => {
        const others = shorts.filter((short) => !commit.startsWith(short)).toSorted();
        if (!COMMIT.test(commit) || others.length === 0) return undefined;
        const key = [commit, ...others].join(" ");
        const answer = newer.get(key) ?? (await newest(git, commit, others));
        if (answer.sure) newer.set(key, answer);
        return answer.short;
      }),
  };
}

interface Newest {
  readonly short: string | undefined;
  /** False where the remote might have known more, had it been in reach. */
  readonly sure: boolean;
}

async function relation(git: Git, current: string | undefined, next: string | undefined): Promise<Relation> {
  // Ids come from a registry: nothing else may reach git's command line.
  if (current === undefined || !COMMIT.test(current)) {
    return { is: "unknown", reason: "what the tag points to does not say its commit" };
  }
  if (next === undefined || !COMMIT.test(next)) {
    return { is: "unknown", reason: "the commit of this build is not known" };
  }
  if (current === next) return { is: "same" };
  // What is usual takes no question, or one.
  if (knownPast(next).includes(current)) return { is: "ahead" };
  if ((await follows(git, current, next)).ok) return { is: "ahead" };
  for (const commit of [current, next]) {
    const missing = await obtain(git, commit);
    if (missing !== undefined) return missing;
  }
  return compare(git, current, next);
}

async function has(git: Git, commit: string): Promise<boolean> {
  return (await git(["cat-file", "-e", `${commit}^{commit}`])).ok;
}

async function obtain(git: Git, commit: string): Promise<Relation | undefined> {
  if (await has(git, commit)) return undefined;
  const { ok, problem } = await fetch(git, [REMOTE, commit]);
  if (ok && (await has(git, commit))) return undefined;
  const reason = `commit ${commit.slice(0, 12)} is not in this clone`;
  const why = problem.split("\n").find((line) => line !== "" && !/^(?:warning|hint): /.test(line));
  return {
    is: "unknown",
    reason: why === undefined ? reason : `${reason}, and cannot be fetched: ${why.replace(/^fatal: /, "")}`,
    ...HISTORY,
  };
}

const HISTORY = {
  hint: "give the clone its history: git fetch --unshallow, or fetch-depth: 0 in actions/checkout",
};

function fetch(git: Git, args: readonly string[]): Promise<GitAnswer> {
  // Nobody is there to be asked for a password, and a server that says nothing is not waited for.
  const settings = ["core.askPass=true", "http.lowSpeedLimit=1", "http.lowSpeedTime=20"];
  const flags = ["--quiet", "--no-tags", "--no-write-fetch-head"];
  return git([...settings.flatMap((setting) => ["-c", setting]), "fetch", ...flags, ...args]);
}

/** In a shallow clone "no ancestor" may only mean that history was cut: more of it is fetched before that is said. */
async function compare(git: Git, current: string, next: string): Promise<Relation> {
  for (let round = 0; ; round++) {
    for (const [older, newer, is] of [
      [current, next, "ahead"],
      [next, current, "behind"],
    ] as const) {
      const { ok, problem } = await follows(git, older, newer);
      if (ok) return { is };
      if (problem !== "") return { is: "unknown", reason: `git: ${problem.split("\n")[0]}` };
    }
    if (!(await isShallow(git))) return { is: "unrelated" };
    const how = DEEPEN[round];
    const deeper = how === undefined ? undefined : await fetch(git, [how, REMOTE, next, current]);
    if (deeper?.ok !== true) {
      const reason = `the clone is shallow and does not show how ${current.slice(0, 12)} and ${next.slice(0, 12)} follow`;
      return { is: "unknown", reason, ...HISTORY };
    }
  }
}

function follows(git: Git, older: string, newer: string): Promise<GitAnswer> {
  return git(["merge-base", "--is-ancestor", older, newer]);
}

async function isShallow(git: Git): Promise<boolean> {
  return (await git(["rev-parse", "--is-shallow-repository"])).out === "true";
}

async function newest(git: Git, commit: string, others: readonly string[]): Promise<Newest> {
  if (await areAllBefore(git, commit, others)) return { short: undefined, sure: true };
  const short = await firstAhead(git, commit, others);
  if (short !== undefined) return { short, sure: true };
  // Some are neither in our past nor known here: the remote may have what came after.
  const { ok } = await fetch(git, [REMOTE]);
  return { short: ok ? await firstAhead(git, commit, others) : undefined, sure: ok };
}

/** Children before parents, so the first hit is the newest. */
async function firstAhead(git: Git, commit: string, shorts: readonly string[]): Promise<string | undefined> {
  const list = ["rev-list", "--topo-order", "--ancestry-path", `--max-count=${MAX_NEWER}`];
  const { ok, out } = await git([...list, "--branches", "--remotes", `^${commit}`]);
  if (!ok || out === "") return undefined;
  const wanted = new Set(shorts);
  const lengths = new Set(shorts.map(({ length }) => length));
  for (const id of out.split("\n")) {
    for (const length of lengths) if (wanted.has(id.slice(0, length))) return id.slice(0, length);
  }
  return undefined;
}

function notAmong(shorts: readonly string[], commits: readonly string[]): readonly string[] {
  const lengths = new Set(shorts.map(({ length }) => length));
  const known = new Set([...lengths].flatMap((length) => commits.map((id) => id.slice(0, length))));
  return shorts.filter((short) => !known.has(short));
}

/** How many ids a command line is sure to hold. */
const AT_ONCE = 10_000;

/** False also where one of them is not known here. */
async function areAllBefore(git: Git, commit: string, others: readonly string[]): Promise<boolean> {
  const shorts = notAmong(others, knownPast(commit));
  for (let at = 0; at < shorts.length; at += AT_ONCE) {
    const commits = shorts.slice(at, at + AT_ONCE).map((short) => `${short}^{commit}`);
    const { ok, out } = await git(["rev-list", "--max-count=1", ...commits, `^${commit}`]);
    if (!ok || out !== "") return false;
  }
  return true;
}

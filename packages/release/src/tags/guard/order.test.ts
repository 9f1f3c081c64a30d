import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Repository, memoryStore } from "@seaworthy/oci";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { commitTo, gitAt, makeHistory, runGit } from "../../../test/git-history.ts";
import { putTagged } from "../../../test/tagged-image.ts";
import { ReleaseError } from "../../error.ts";
import type { Git } from "../../source.ts";
import { planDefault } from "../default-policy.ts";
import { readEvent } from "../events/read.ts";
import { compareVersions } from "../version.ts";
import { gitAncestry } from "./ancestry.ts";
import { moveTags } from "./move.ts";
import { readTarget } from "./target.ts";

const { signal } = new AbortController();
let top: string;
let git: Git;
let main: readonly string[];
let maintenance: readonly string[];

beforeAll(() => {
  top = mkdtempSync(join(tmpdir(), "seaworthy-"));
  const { dir, commits } = makeHistory(top, 6);
  runGit(dir, "checkout", "-q", "-b", "maintenance", commits[1]!);
  maintenance = [0, 1, 2].map((at) => commitTo(dir, `fix ${at}`));
  main = commits;
  git = remembering(gitAt(dir));
});
afterAll(() => rmSync(top, { recursive: true, force: true }));

/** The history does not change here, so neither do git's answers. */
function remembering(asked: Git): Git {
  const answers = new Map<string, ReturnType<Git>>();
  return (args) => {
    const key = args.join("\0");
    const answer = answers.get(key) ?? asked(args);
    answers.set(key, answer);
    return answer;
  };
}

interface Run {
  readonly ref: string;
  readonly sha: string;
  /** Sets apart two builds of one commit. */
  readonly build: number;
}

const VERSIONS = [
  "0.9.0",
  "1.0.0-rc.1",
  "1.0.0",
  "1.0.1",
  "1.1.0",
  "1.10.0",
  "1.9.3",
  "2.0.0-beta.1",
  "2.0.0",
  "2.0.1",
];

const pushes = (builds: number) =>
  fc.oneof(
    fc
      .record({ at: fc.nat(5), build: fc.nat(builds) })
      .map(({ at, build }) => ({ ref: "refs/heads/main", at, on: "main" as const, build })),
    fc
      .record({ at: fc.nat(2), build: fc.nat(builds) })
      .map(({ at, build }) => ({ ref: "refs/heads/maintenance", at, on: "maintenance" as const, build })),
  );
const releases = fc
  .record({ version: fc.constantFrom(...VERSIONS), at: fc.nat(5) })
  .map(({ version, at }) => ({ ref: `refs/tags/v${version}`, at, on: "main" as const, build: 0 }));

const runOf = ({
  ref,
  at,
  on,
  build,
}: {
  ref: string;
  at: number;
  on: "main" | "maintenance";
  build: number;
}): Run => ({
  ref,
  sha: (on === "main" ? main : maintenance)[at]!,
  build,
});

async function publish(
  repository: Repository,
  { ref, sha, build }: Run,
  latest: "default-branch" | "stable",
): Promise<void> {
  const plan = planDefault(readEvent({ ref, sha, defaultBranch: "main" }, {}, { dirty: true }), latest);
  const image = await putTagged(repository, {
    revision: sha,
    version: plan.version,
    content: `${ref} ${build}`,
  });
  try {
    await moveTags(repository, image, plan, { ancestry: gitAncestry(git), signal });
  } catch (error) {
    // One version from two commits is refused; nothing moved then.
    if (!(error instanceof ReleaseError && error.code === "refused")) throw error;
  }
}

async function stateOf(
  repository: Repository,
): Promise<ReadonlyMap<string, { revision?: string; version?: string; digest?: string }>> {
  const entries = (await repository.tags()).map(async (tag) => {
    const target = await repository.resolve(tag);
    return [tag, await readTarget(repository, target!, signal)] as const;
  });
  return new Map(await Promise.all(entries));
}

type State = Awaited<ReturnType<typeof stateOf>>;

/** Tags that do not stand for the same or something newer than before. */
async function backwards(
  before: State,
  after: State,
  latest: "default-branch" | "stable",
): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const [tag, was] of before) {
    const is = after.get(tag);
    const fixed = /^v?\d+\.\d+\.\d+/.test(tag);
    const byVersion = /^\d/.test(tag) || (tag === "latest" && latest === "stable");
    const fine = fixed
      ? is?.digest === was.digest
      : byVersion
        ? compareVersions(was.version!, is!.version!)! <= 0
        : await follows(was.revision!, is!.revision!);
    if (!fine) wrong.push(tag);
  }
  return wrong;
}

const follows = async (older: string, newer: string): Promise<boolean> =>
  older === newer || (await git(["merge-base", "--is-ancestor", older, newer])).ok;

describe("no order of events makes a tag go backwards", () => {
  it.each(["default-branch", "stable"] as const)("one after the other, latest: %s", async (latest) => {
    const events = fc.array(fc.oneof(pushes(2), releases), { minLength: 2, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(events, async (sequence) => {
        const repository = memoryStore();
        let before = await stateOf(repository);
        for (const run of sequence.map(runOf)) {
          await publish(repository, run, latest);
          const after = await stateOf(repository);
          expect(await backwards(before, after, latest)).toEqual([]);
          before = after;
        }
      }),
      { numRuns: 60 },
    );
  });

  it("all at once, their requests mixed in any way: the newest of each is what is left", async () => {
    const events = fc.uniqueArray(fc.oneof(pushes(0), releases), {
      minLength: 2,
      maxLength: 4,
      // Two builds of one version would race for a release; that registries cannot prevent.
      selector: ({ ref, at }) => (ref.startsWith("refs/tags/") ? ref : `${ref} ${at}`),
    });
    await fc.assert(
      fc.asyncProperty(events, fc.scheduler(), async (concurrent, scheduler) => {
        const repository = memoryStore();
        const runs = concurrent.map(runOf);
        const mixed = inAnyOrder(repository, scheduler);
        await scheduler.waitFor(Promise.all(runs.map((run) => publish(mixed, run, "stable"))));
        expect(await notNewest(repository, runs)).toEqual([]);
      }),
      { numRuns: 150 },
    );
  });
});

/** Every request that names a tag waits for its turn, and so does its answer. */
function inAnyOrder(inner: Repository, scheduler: fc.Scheduler): Repository {
  const turns =
    <A extends readonly unknown[], R>(method: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      await scheduler.schedule(Promise.resolve());
      const answer = await method(...args);
      await scheduler.schedule(Promise.resolve());
      return answer;
    };
  return new Proxy(inner, {
    get(target, key) {
      const method = (Reflect.get(target, key) as (...args: readonly unknown[]) => Promise<unknown>).bind(
        target,
      );
      return key === "tag" || key === "tags" || key === "resolve" ? turns(method) : method;
    },
  });
}

/** Tags that stand for something older than one of the runs. */
async function notNewest(repository: Repository, runs: readonly Run[]): Promise<readonly string[]> {
  const state = await stateOf(repository);
  const wrong: string[] = [];
  for (const { ref, sha } of runs.filter((run) => run.ref.startsWith("refs/heads/"))) {
    const branch = ref.slice("refs/heads/".length);
    if (!(await follows(sha, state.get(branch)!.revision!))) wrong.push(branch);
  }
  for (const version of runs.flatMap(({ ref }) => /^refs\/tags\/v([\d.]+)$/.exec(ref)?.[1] ?? [])) {
    const [major, minor] = version.split(".");
    const tags = ["latest", ...(major === "0" ? [] : [major!]), `${major}.${minor}`];
    wrong.push(...tags.filter((tag) => compareVersions(version, state.get(tag)!.version!)! > 0));
  }
  return wrong;
}

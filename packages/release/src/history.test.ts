import { type Descriptor, type Repository, type SeaworthyError, memoryStore } from "@seaworthy/oci";
import { attachStatement, statementAbout } from "@seaworthy/evidence";
import { beforeEach, describe, expect, it } from "vitest";
import { putImage, putIndex } from "../test/stored-image.ts";
import { Watched } from "../test/watched.ts";
import { readHistory } from "./history.ts";
import { RECORD_TYPE, type ReleaseRecord } from "./record.ts";

const { signal } = new AbortController();

let repository: Repository;
let problems: string[];
beforeEach(() => {
  repository = memoryStore();
  problems = [];
});

const onProblem = (problem: SeaworthyError | string): void =>
  void problems.push(typeof problem === "string" ? problem : problem.message);
const history = () => readHistory(repository, { onProblem, signal });

async function image(tag: string): Promise<Descriptor> {
  const index = await putIndex(repository, [
    await putImage(repository, { config: { WorkingDir: `/${tag}` } }),
  ]);
  await repository.tag(index, tag);
  return index;
}

function recordOf(version: string, day: number, index: Descriptor): ReleaseRecord {
  const at = `2026-11-${String(day).padStart(2, "0")}T10:00:00Z`;
  return {
    version,
    reference: `example.org/app@${index.digest}`,
    startedAt: at,
    finishedAt: at,
    trigger: { who: "me", what: "seaworthy release" },
    source: { dirty: false },
    stages: [{ name: "build", status: "done", ms: 5 }],
    steps: { cached: 0, total: 1 },
    platforms: [{ platform: "linux/amd64", digest: "sha256:1", size: 3, layers: [1, 2], verify: "passed" }],
    tags: [{ tag: version, to: index.digest }],
  };
}

async function attach(index: Descriptor, predicate: unknown, key = "x"): Promise<void> {
  const statement = statementAbout(index, { name: "app", predicateType: RECORD_TYPE, predicate });
  await attachStatement(repository, index, statement, { key });
}

describe("readHistory", () => {
  it("is empty for a repository that holds nothing", async () => {
    expect(await history()).toEqual([]);
  });

  it("tells the releases newest first, a digest with two tags once", async () => {
    const [one, two] = [await image("main-1"), await image("main-2")];
    await repository.tag(two, "latest");
    await attach(one, recordOf("main-1", 3, one));
    await attach(two, recordOf("main-2", 9, two));
    expect((await history()).map(({ version }) => version)).toEqual(["main-2", "main-1"]);
    expect(problems).toEqual([]);
  });

  it("tells every release of one digest", async () => {
    const index = await image("main-1");
    await attach(index, recordOf("main-1", 3, index), "main-1");
    await attach(index, recordOf("main-2", 4, index), "main-2");
    expect((await history()).map(({ version }) => version)).toEqual(["main-2", "main-1"]);
  });

  it("passes over images and referrers that are not ours", async () => {
    await image("foreign");
    const index = await image("main-1");
    const statement = statementAbout(index, {
      name: "x",
      predicateType: "https://slsa.dev/provenance/v1",
      predicate: 1,
    });
    await attachStatement(repository, index, statement);
    expect(await history()).toEqual([]);
    expect(problems).toEqual([]);
  });

  it.each<[string, (record: ReleaseRecord) => unknown]>([
    ["null", () => null],
    ["a text", () => "record"],
    ["no time", (record) => ({ ...record, finishedAt: undefined })],
    [
      "a size that is no number",
      (record) => ({ ...record, platforms: [{ ...record.platforms[0], size: "3" }] }),
    ],
    ["tags that are no list", (record) => ({ ...record, tags: "latest" })],
    ["a trigger that is null", (record) => ({ ...record, trigger: null })],
  ])("passes over a forged record with %s and says so", async (_, forge) => {
    const index = await image("main-1");
    await attach(index, forge(recordOf("main-0", 1, index)), "forged");
    await attach(index, recordOf("main-1", 3, index));
    expect((await history()).map(({ version }) => version)).toEqual(["main-1"]);
    expect(problems).toEqual([expect.stringContaining("is no release record")]);
  });

  it("asks only the registry, eight questions at a time", async () => {
    for (let number = 0; number < 20; number += 1) await image(`main-${number}`);
    const watched = new Watched(repository);
    let [now, most] = [0, 0];
    const resolve = watched.resolve.bind(watched);
    watched.resolve = async (tag) => {
      most = Math.max(most, (now += 1));
      await new Promise(setImmediate);
      return resolve(tag).finally(() => void (now -= 1));
    };
    await readHistory(watched, { onProblem, signal });
    expect(most).toBe(8);
  });

  it("stops at two thousand tags and says so", async () => {
    const watched = new Watched(repository);
    watched.tags = () => Promise.resolve(Array.from({ length: 2_500 }, (_, number) => `t${number}`));
    await readHistory(watched, { onProblem, signal });
    expect(watched.calls.filter((call) => call.startsWith("resolve "))).toHaveLength(2_000);
    expect(problems).toEqual(["history: looked at 2000 of 2500 tags"]);
  });
});

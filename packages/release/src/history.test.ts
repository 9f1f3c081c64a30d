import {
  type Descriptor,
  MediaType,
  OciError,
  type OciErrorCode,
  type Repository,
  type SeaworthyError,
  digestOf,
  memoryStore,
} from "@seaworthy/oci";
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

/** What `attachStatement` makes, of any text. */
async function attachText(subject: Descriptor, text: string): Promise<void> {
  const put = async (mediaType: string, bytes: Buffer): Promise<Descriptor> => {
    const target = { mediaType, digest: digestOf(bytes), size: bytes.length };
    await repository.put(target, [bytes]);
    return target;
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: MediaType.manifest,
    artifactType: "application/vnd.in-toto+json",
    config: await put(MediaType.empty, Buffer.from("{}")),
    layers: [await put("application/vnd.in-toto+json", Buffer.from(text))],
    subject,
    annotations: { "in-toto.io/predicate-type": RECORD_TYPE },
  };
  await put(MediaType.manifest, Buffer.from(JSON.stringify(manifest)));
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
    ["a size beyond all measure", (record) => ({ ...record, steps: { cached: 0, total: 1e300 } })],
    ["tests that are a number", (record) => ({ ...record, tests: 5 })],
    ["a gate without a name", (record) => ({ ...record, gates: [{ status: "passed" }] })],
    ["a time that sorts before all others", (record) => ({ ...record, finishedAt: "zzz" })],
    ["a day that there is not", (record) => ({ ...record, finishedAt: "2026-13-41T10:00:00Z" })],
    ["another image's digest", (record) => ({ ...record, reference: `x@sha256:${"0".repeat(64)}` })],
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

  it("stops at ten thousand tags and says so", async () => {
    const watched = new Watched(repository);
    watched.tags = () => Promise.resolve(Array.from({ length: 10_500 }, (_, number) => `t${number}`));
    await readHistory(watched, { onProblem, signal });
    expect(watched.calls.filter((call) => call.startsWith("resolve "))).toHaveLength(10_000);
    expect(problems).toEqual(["history: looked at 10000 of 10500 tags"]);
  });

  it("begins nothing more after the registry has failed", async () => {
    const watched = new Watched(repository);
    watched.tags = () => Promise.resolve(Array.from({ length: 500 }, (_, number) => `t${number}`));
    watched.failAt = 10;
    await expect(readHistory(watched, { onProblem, signal })).rejects.toMatchObject({ code: "network" });
    await new Promise(setImmediate);
    expect(watched.calls.length).toBeLessThan(30);
  });

  it("takes the record of a copied image, which has the name of where it was made", async () => {
    const index = await image("main-1");
    await attach(index, { ...recordOf("main-1", 3, index), reference: `elsewhere.org/x@${index.digest}` });
    expect(await history()).toHaveLength(1);
  });
});

describe("a repository into which somebody pushes what he likes", () => {
  let honest: Descriptor;
  beforeEach(async () => {
    honest = await image("main-1");
    await attach(honest, recordOf("main-1", 3, honest));
  });
  const versions = async () => (await history()).map(({ version }) => version);

  it("hides no honest release behind a record that is too large", async () => {
    const index = await image("evil");
    await attach(index, { ...recordOf("evil", 4, index), more: "x".repeat(2 << 20) });
    expect(await versions()).toEqual(["main-1"]);
    expect(problems).toEqual([expect.stringMatching(/longer than the limit of 1048576 bytes/)]);
  });

  it("hides none behind a record that can be read and not be written again", async () => {
    const index = await image("evil");
    const deep = `${"[".repeat(200_000)}${"]".repeat(200_000)}`;
    const text = JSON.stringify(
      statementAbout(index, {
        name: "app",
        predicateType: RECORD_TYPE,
        predicate: { ...recordOf("evil", 4, index), deep: "DEEP" },
      }),
    ).replace('"DEEP"', deep);
    await attachText(index, text);
    expect(await versions()).toEqual(["main-1"]);
    expect(problems).toEqual([expect.stringContaining("is no release record")]);
  });

  it("reads a hundred records of one digest", async () => {
    const index = await image("evil");
    for (let number = 0; number < 101; number += 1) {
      await attach(index, recordOf(`evil-${number}`, 2, index), String(number));
    }
    expect(await versions()).toHaveLength(1 + 100);
    expect(problems).toEqual([expect.stringContaining("read 100 of 101")]);
  });

  it.each<[string, OciErrorCode]>([
    ["longer than anybody reads", "too-large"],
    ["broken", "invalid-manifest"],
  ])("passes over a digest whose list of referrers is %s", async (what, code) => {
    const evil = await image("evil");
    const watched = new Watched(repository);
    watched.referrers = (subject, artifactType) =>
      subject === evil.digest
        ? Promise.reject(new OciError(code, what))
        : repository.referrers(subject, artifactType);
    const records = await readHistory(watched, { onProblem, signal });
    expect(records.map(({ version }) => version)).toEqual(["main-1"]);
    expect(problems).toEqual([what]);
  });

  it("holds 32 MB of records and says that there is more", async () => {
    for (let number = 0; number < 36; number += 1) {
      const index = await image(`evil-${number}`);
      await attach(index, { ...recordOf("evil", 4, index), more: "x".repeat(1_000_000) });
    }
    expect((await history()).length).toBeLessThan(36);
    expect(problems).toEqual([expect.stringContaining("history: stopped after")]);
  });

  it("gives a record with a key named __proto__ no prototype of its own", async () => {
    const index = await image("evil");
    const forged = JSON.parse(
      JSON.stringify(recordOf("evil", 4, index)).replace("{", '{"__proto__":{"admin":true},'),
    ) as ReleaseRecord;
    await attach(index, forged);
    const [record] = await history();
    expect(record?.version).toBe("evil");
    expect((record as { admin?: boolean } | undefined)?.admin).toBeUndefined();
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });
});

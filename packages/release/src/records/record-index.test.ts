import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { releaseRecord } from "../../test/release-record.ts";
import { openRecordIndex } from "./open-record-index.ts";
import type { RecordIndex } from "./record-index.ts";
import { type FailedRun, type Run, runFacts, releasedRun } from "./run.ts";

const NAME = "example.org/app";
const top = mkdtempSync(join(tmpdir(), "seaworthy-records-"));
afterAll(() => rmSync(top, { recursive: true }));

let count = 0;
let file: string;
let problems: string[];
let index: RecordIndex;
beforeEach(() => {
  const dir = join(top, String(count++));
  mkdirSync(dir);
  file = join(dir, "records.db");
  problems = [];
  index = open();
});

const open = (path = file): RecordIndex =>
  openRecordIndex(path, { onProblem: (problem) => void problems.push(problem) });

const day = (number: number): string => `2026-11-${String(number).padStart(2, "0")}T10:00:00Z`;

const at = (number: number): number => Date.parse(day(number));

const success = (version: string, time: string, branch = "main") =>
  releasedRun(NAME, releaseRecord(version, time, { source: { dirty: false, branch } }));

const failure = (version: string, time: string, more: Partial<FailedRun> = {}): FailedRun => ({
  outcome: "failure",
  name: NAME,
  version,
  branch: "main",
  startedAt: time,
  finishedAt: time,
  trigger: { who: "me", what: "seaworthy release" },
  stage: "verify",
  cause: "web: no answer within 3000 ms",
  ...more,
});

const versions = (runs: readonly Run[]): readonly string[] => runs.map((run) => runFacts(run).version);
const listed = async (filter: Partial<Parameters<RecordIndex["list"]>[0]> = {}, of = index) =>
  versions(await of.list({ name: NAME, ...filter }));

describe("a record index", () => {
  it("is empty, and no file, before anything was added", async () => {
    expect(await index.list({ name: NAME })).toEqual([]);
    expect(await index.readAt(NAME)).toBeUndefined();
    expect(await index.lastOutcome(NAME, "main")).toBeUndefined();
    expect(readdirSync(join(file, ".."))).toEqual([]);
  });

  it("gives back what was added, whole, fields of later versions too", async () => {
    const later = { weather: ["sun", 1] };
    const run = releasedRun(NAME, { ...releaseRecord("1.0.0", day(1)), ...later });
    const failed = failure("1.0.1", day(2), { revision: "abc", digest: "sha256:1" });
    await index.add(run);
    await index.add(failed);
    expect(await index.list({ name: NAME })).toEqual([failed, run]);
    expect(problems).toEqual([]);
  });

  it("keeps the runs of each image apart", async () => {
    await index.add(success("1", day(1)));
    await index.add({ ...success("2", day(2)), name: "example.org/other" });
    expect(await listed()).toEqual(["1"]);
  });

  it("lists newest first, of one branch, of one outcome, and as many as asked for", async () => {
    await index.add(success("main-2", day(2)));
    await index.add(success("main-9", day(9)));
    await index.add(success("next-5", day(5), "next"));
    await index.add(failure("main-7", day(7)));
    expect(await listed()).toEqual(["main-9", "main-7", "next-5", "main-2"]);
    expect(await listed({ branch: "next" })).toEqual(["next-5"]);
    expect(await listed({ outcome: "success" })).toEqual(["main-9", "next-5", "main-2"]);
    expect(await listed({ outcome: "failure" })).toEqual(["main-7"]);
    expect(await listed({ branch: "main", limit: 2 })).toEqual(["main-9", "main-7"]);
    expect(await listed({ limit: 0 })).toEqual([]);
  });

  it("takes the same run twice for one", async () => {
    for (let time = 0; time < 2; time += 1) {
      await index.add(success("1", day(1)));
      await index.add(failure("1", day(1)));
    }
    expect(await listed()).toHaveLength(2);
    await index.add(success("1", day(2)));
    expect(await listed()).toHaveLength(3);
  });

  it("is found again by who opens the file next", async () => {
    await index.add(success("1", day(1)));
    expect(await listed({}, open())).toEqual(["1"]);
    expect(readdirSync(join(file, ".."))).toEqual(["records.db"]);
  });
});

describe("lastOutcome", () => {
  it("is that of the run that was added last, of each image and branch for itself", async () => {
    await index.add(success("1", day(1)));
    await index.add(failure("2", day(2)));
    await index.add({ ...success("3", day(3)), name: "example.org/other" });
    await index.add(success("4", day(4), "next"));
    expect(await index.lastOutcome(NAME, "main")).toBe("failure");
    expect(await index.lastOutcome(NAME, "next")).toBe("success");
    expect(await index.lastOutcome("example.org/other", "main")).toBe("success");
    expect(await index.lastOutcome(NAME, "never")).toBeUndefined();
  });

  it("knows that an old release was run again and passed", async () => {
    const run = success("1", day(1));
    await index.add(run);
    await index.add(failure("1", day(2)));
    await index.add(run);
    expect(await index.lastOutcome(NAME, "main")).toBe("success");
    expect(await listed()).toHaveLength(2);
  });

  it("tells runs of no branch from all others", async () => {
    const { branch: _branch, ...detached } = failure("1", day(1));
    await index.add(detached);
    expect(await index.lastOutcome(NAME, undefined)).toBe("failure");
    expect(await index.lastOutcome(NAME, "main")).toBeUndefined();
  });

  it("outlives a list that is read anew", async () => {
    await index.add(failure("2", day(2)));
    await index.replace(NAME, [success("1", day(1))], at(3));
    expect(await index.lastOutcome(NAME, "main")).toBe("failure");
  });
});

describe("replace", () => {
  it("puts what the registry has in place of the releases of one image", async () => {
    await index.add(success("gone", day(1)));
    await index.add({ ...success("other", day(1)), name: "example.org/other" });
    await index.replace(NAME, [success("1", day(2)), success("2", day(3))], at(4));
    expect(await listed()).toEqual(["2", "1"]);
    expect(versions(await index.list({ name: "example.org/other" }))).toEqual(["other"]);
    expect(await index.readAt(NAME)).toBe(at(4));
    expect(await index.readAt("example.org/other")).toBeUndefined();
  });

  it("keeps failures, which no registry can bring back", async () => {
    await index.add(failure("1", day(1)));
    await index.replace(NAME, [], at(4));
    expect(await listed()).toEqual(["1"]);
  });

  it("keeps a release that ended while the registry was being read", async () => {
    await index.add(success("before", day(3)));
    await index.add(success("meanwhile", day(4)));
    await index.replace(NAME, [success("before", day(3))], at(4));
    expect(await listed()).toEqual(["meanwhile", "before"]);
  });

  it("forgets one that says it ends in the future when the registry has it no more", async () => {
    await index.replace(NAME, [success("forged", "9999-01-01T00:00:00Z")], at(3));
    await index.replace(NAME, [success("1", day(1))], at(4));
    expect(await listed()).toEqual(["1"]);
  });

  it("changes nothing where it fails in the middle", async () => {
    await index.add(success("1", day(1)));
    const nameless = { ...success("3", day(3)), name: null as unknown as string };
    await index.replace(NAME, [success("2", day(2)), nameless], at(4));
    expect(await listed()).toEqual(["1"]);
    expect(await index.readAt(NAME)).toBeUndefined();
    expect(problems).toEqual([expect.stringContaining("cannot be used")]);
  });

  it("takes ten thousand releases within five seconds", async () => {
    const releases = Array.from({ length: 10_000 }, (_, number) =>
      success(`v${number}`, day(1 + (number % 28))),
    );
    const started = performance.now();
    await index.replace(NAME, releases, at(30));
    expect(performance.now() - started).toBeLessThan(5_000);
    expect(await listed({ limit: 1 })).toHaveLength(1);
  });
});

describe("a file that is of no use", () => {
  const sql = (text: string): void => {
    using database = new DatabaseSync(file);
    database.exec(text);
  };
  const damage = async (offset: number): Promise<void> => {
    const releases = Array.from({ length: 200 }, (_, number) => success(`v${number}`, day(1)));
    await index.replace(NAME, releases, at(2));
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.fill(0xa5, offset, bytes.length));
  };

  it.each<[string, () => void | Promise<void>]>([
    ["something else", () => writeFileSync(file, "no database\n".repeat(1_000))],
    ["empty", () => writeFileSync(file, "")],
    ["another program's database", () => sql("CREATE TABLE t (a); PRAGMA user_version = 1")],
    ["damaged behind its first page", () => damage(4_096)],
    ["damaged from its start", () => damage(0)],
    [
      "cut off",
      async () => {
        await damage(1 << 30);
        writeFileSync(file, readFileSync(file).subarray(0, 5_000));
      },
    ],
  ])("that is %s is put aside with one warning, and made anew", async (_, spoil) => {
    await spoil();
    const fresh = open();
    await fresh.add(success("new", day(2)));
    await fresh.add(success("newer", day(3)));
    expect(await listed({}, fresh)).toEqual(["newer", "new"]);
    expect(problems).toEqual([
      expect.stringMatching(/records\.db: .+; put aside as .+records\.db\.old and made anew/),
    ]);
    expect(readdirSync(join(file, ".."))).toEqual(["records.db", "records.db.old"]);
  });

  it("that has another layout is named with both", async () => {
    await index.add(success("1", day(1)));
    sql("PRAGMA user_version = 7");
    expect(await listed()).toEqual([]);
    expect(problems).toEqual([expect.stringContaining("found layout 7, expected 1")]);
  });

  it.each([
    ["is not JSON", "{"],
    ["is no run", '{"outcome":"success","record":{}}'],
    ["is null", "null"],
  ])("that holds a run which %s is put aside", async (_, text) => {
    await index.add(success("1", day(1)));
    sql(`UPDATE runs SET run = '${text}'`);
    expect(await listed()).toEqual([]);
    await index.add(success("2", day(2)));
    expect(await listed()).toEqual(["2"]);
    expect(problems).toHaveLength(1);
  });

  it("that is a directory is told and left alone", async () => {
    mkdirSync(file);
    await index.add(success("1", day(1)));
    expect(await listed()).toEqual([]);
    expect(problems).toEqual([expect.stringContaining("cannot be used")]);
    expect(statSync(file).isDirectory()).toBe(true);
  });

  it("whose folder is not there is told", async () => {
    await open(join(file, "..", "missing", "records.db")).add(success("1", day(1)));
    expect(problems).toEqual([expect.stringContaining("cannot be used")]);
  });
});

describe("a run that cannot be written down", () => {
  it("is told and does not reject", async () => {
    const deep = { x: JSON.parse(`${"[".repeat(200_000)}${"]".repeat(200_000)}`) as unknown };
    await index.add(releasedRun(NAME, { ...releaseRecord("1", day(1)), ...deep }));
    expect(problems).toEqual([expect.stringContaining("cannot be used")]);
    expect(await listed()).toEqual([]);
  });
});

const small = join(top, "small");
mkdirSync(small);
const mounted = mount(["-t", "tmpfs", "-o", "size=256k", "tmpfs", small]);

function mount(args: readonly string[]): boolean {
  try {
    execFileSync("mount", args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

// Skipped where the tests may not mount a file system of their own.
describe.runIf(mounted)("a disk that takes nothing", () => {
  const onDisk = join(small, "records.db");
  const large = (version: string): Run => failure(version, day(1), { cause: "x".repeat(60_000) });
  afterAll(() => void execFileSync("umount", [small]));

  it("because it is full costs a warning, and what was there stays", async () => {
    const full = open(onDisk);
    await full.add(success("first", day(2)));
    for (let number = 0; number < 8; number += 1) await full.add(large(`v${number}`));
    expect(problems).toEqual([expect.stringMatching(/cannot be used \(database or disk is full\)/)]);
    expect(await listed({ limit: 1 }, full)).toEqual(["first"]);
  });

  it("because it can only be read costs a warning", async () => {
    mount(["-o", "remount,ro", small]);
    const fixed = open(onDisk);
    await fixed.add(success("second", day(3)));
    expect(problems).toEqual([expect.stringContaining("cannot be used")]);
    await open(join(small, "another.db")).add(success("second", day(3)));
    expect(problems).toHaveLength(2);
  });
});

const CODE = import.meta.dirname;

/** A process that adds twenty runs. */
function adder(id: number): Promise<string> {
  const script = `
    import { openRecordIndex } from ${JSON.stringify(join(CODE, "open-record-index.ts"))};
    const index = openRecordIndex(${JSON.stringify(file)}, { onProblem: (line) => console.log(line) });
    const run = ${JSON.stringify(failure("x", day(1)))};
    for (let at = 0; at < 20; at++) {
      await index.add({ ...run, version: "p${id}-" + at });
      await index.list({ name: run.name });
    }`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
  return new Promise((resolve) => child.on("close", (status) => resolve(`${status ?? "killed"} ${said}`)));
}

describe("an index used by several processes", () => {
  it("loses no run, and nobody is told of the others", async () => {
    const ends = await Promise.all([0, 1, 2, 3].map(adder));
    expect(ends).toEqual(["0 ", "0 ", "0 ", "0 "]);
    expect(await listed()).toHaveLength(4 * 20);
  });

  it("is waited for while another writes", async () => {
    await index.add(success("1", day(1)));
    const script = `
      import { DatabaseSync } from "node:sqlite";
      const database = new DatabaseSync(${JSON.stringify(file)});
      database.exec("BEGIN IMMEDIATE");
      console.log("locked");
      setTimeout(() => database.exec("COMMIT"), 300);`;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const closed = new Promise((resolve) => child.on("close", resolve));
    await new Promise((resolve) => child.stdout.once("data", resolve));
    await index.add(success("2", day(2)));
    expect(problems).toEqual([]);
    expect(await listed()).toEqual(["2", "1"]);
    await closed;
  });

  it("is given up where another never ends, with a warning", async () => {
    await index.add(success("1", day(1)));
    using database = new DatabaseSync(file);
    database.exec("BEGIN IMMEDIATE");
    await index.add(success("2", day(2)));
    expect(problems).toEqual([expect.stringContaining("database is locked")]);
    expect(await listed()).toEqual(["1"]);
  });
});

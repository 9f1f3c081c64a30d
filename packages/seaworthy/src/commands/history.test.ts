import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Repository, openLayout } from "@seaworthy/oci";
import { serveRegistry } from "@seaworthy/registry";
import { type Run, openRecordIndex } from "@seaworthy/release";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type TestMachine, testMachine } from "../../test/machine.ts";
import { pushRecord, pushRelease } from "../../test/push.ts";
import { failed, released } from "../../test/runs.ts";
import { type HistoryFlags, printHistory, printRun } from "./history.ts";

const EMBEDDED = "127.0.0.1:5000/acme/web";
const { signal } = new AbortController();

let machine: TestMachine;
let index: string;
beforeEach(() => {
  machine = testMachine();
  configure("acme/web");
  index = join(machine.dir, ".seaworthy/records.db");
});
afterEach(() => machine[Symbol.dispose]());

/** A file for each image: Node loads one only once. */
function configure(image: string, file = "seaworthy.config.ts"): HistoryFlags {
  writeFileSync(join(machine.dir, file), `export default { image: ${JSON.stringify(image)} };\n`);
  return { config: file };
}

/** What the embedded registry serves. */
const store = async (): Promise<Repository> =>
  (await openLayout(join(machine.dir, ".seaworthy/store"))).repository("acme/web");

async function release(version: string, day: number, more: object = {}): Promise<void> {
  await pushRelease(await store(), EMBEDDED, released(version, day, more).record);
}

/** As a release does at its end. */
const addHere = (run: Run): Promise<void> =>
  openRecordIndex(index, { onProblem: (problem) => expect.fail(problem) }).add(run);

function saying(work: () => Promise<void>) {
  machine.said.stdout = machine.said.stderr = "";
  return work().then(() => ({ ...machine.said }));
}
const history = (flags: HistoryFlags = {}) => saying(() => printHistory(machine.machine, flags, signal));
const one = (wanted: string, flags: HistoryFlags = {}) =>
  saying(() => printRun(machine.machine, wanted, flags, signal));
const versionsIn = ({ stdout }: { stdout: string }): readonly string[] =>
  [...stdout.matchAll(/^2026\S+ \S+ {2}(\S+)/gm)].map(([, version]) => version!);

describe("history", () => {
  it("of a repository that never released anything is empty and leaves no trace", async () => {
    const { stdout, stderr } = await history();
    expect(versionsIn({ stdout })).toEqual([]);
    expect(stderr).toBe("0 releases in the registry\n");
    expect(existsSync(join(machine.dir, ".seaworthy"))).toBe(false);
  });

  it("reads the registry once, then its index, and says so", async () => {
    await release("main-1", 1);
    await release("main-2", 2);
    const first = await history();
    expect(versionsIn(first)).toEqual(["main-2", "main-1"]);
    expect(first.stderr).toBe("2 releases in the registry\n");
    rmSync(join(machine.dir, ".seaworthy/store"), { recursive: true });
    const second = await history();
    expect(second.stdout).toBe(first.stdout);
    expect(second.stderr).toBe(
      "2 releases in the local index, which asked the registry less than a minute ago; --rebuild asks it again\n",
    );
  });

  it("is the same from the registry alone after the index was deleted", async () => {
    for (const day of [1, 2, 3]) await release(`main-${day}`, day);
    const before = await history({ json: true });
    rmSync(index);
    const after = await history({ json: true, rebuild: true });
    expect(after.stdout).toBe(before.stdout);
    expect(JSON.parse(after.stdout)).toHaveLength(3);
  });

  it("shows what others released when the registry is asked again", async () => {
    await release("main-1", 1);
    await history();
    await release("main-2", 2);
    expect(versionsIn(await history())).toEqual(["main-1"]);
    expect(versionsIn(await history({ rebuild: true }))).toEqual(["main-2", "main-1"]);
    expect(versionsIn(await history())).toEqual(["main-2", "main-1"]);
  });

  it("does not take one release of this machine for all that there are", async () => {
    await release("main-1", 1);
    await addHere({ ...released("main-2", 2), name: EMBEDDED });
    expect(versionsIn(await history())).toEqual(["main-1"]);
  });

  it("keeps the images of one index apart", async () => {
    await release("main-1", 1);
    await history();
    const other = configure("acme/other", "other.config.ts");
    expect((await history(other)).stderr).toBe("0 releases in the registry\n");
  });

  it("keeps its folder out of git, and asks no registry for what it knows", async () => {
    const layout = await openLayout(join(machine.dir, "elsewhere"));
    const server = await serveRegistry({ store: layout, uploads: join(machine.dir, "uploads") });
    const name = `127.0.0.1:${server.port}/acme/web`;
    const remote = configure(name, "remote.config.ts");
    await pushRelease(layout.repository("acme/web"), name, released("main-1", 1).record);
    await history(remote);
    await server.close();
    expect(readdirSync(join(machine.dir, ".seaworthy")).toSorted()).toEqual([".gitignore", "records.db"]);
    expect(readFileSync(join(machine.dir, ".seaworthy/.gitignore"), "utf8")).toBe("*\n");
    expect(versionsIn(await history(remote))).toEqual(["main-1"]);
  });

  it("shows twenty, or as many as asked for, and what it left out", async () => {
    for (let day = 1; day <= 22; day += 1) await release(`main-${day}`, day);
    const few = await history();
    expect(versionsIn(few)).toHaveLength(20);
    expect(few.stderr).toContain("2 older ones are not shown; --limit 22 shows all\n");
    expect(versionsIn(await history({ limit: 21 }))).toHaveLength(21);
    expect(JSON.parse((await history({ json: true })).stdout)).toHaveLength(22);
    expect(JSON.parse((await history({ json: true, limit: 1 })).stdout)).toHaveLength(1);
  });

  it("shows one branch, and growth against releases that are not shown", async () => {
    await release("main-1", 1);
    await release("main-5", 5);
    await release("next-3", 3, { source: { dirty: false, branch: "next" } });
    expect(versionsIn(await history({ branch: "next" }))).toEqual(["next-3"]);
    expect((await history({ branch: "main", limit: 1 })).stdout).toContain("50.5 MB +400.0 kB");
  });

  it("shows failures of this machine where asked to, also after the registry was read again", async () => {
    await release("main-1", 1);
    await history();
    await addHere({ ...failed("main-2", 2), name: EMBEDDED });
    expect(versionsIn(await history())).toEqual(["main-1"]);
    const all = await history({ failed: true, rebuild: true });
    expect(versionsIn(all)).toEqual(["main-2", "main-1"]);
    expect(all.stdout).toContain("failed: verify");
  });

  it("makes an index of no use anew, with one warning", async () => {
    await release("main-1", 1);
    writeFileSync(index, "no database\n".repeat(500));
    const { stdout, stderr } = await history();
    expect(versionsIn({ stdout })).toEqual(["main-1"]);
    expect(stderr).toMatch(
      /^! \S+records\.db: file is not a database; put aside as \S+\.old and made anew\n1 release /,
    );
    expect((await history()).stderr).toMatch(/^1 release in the local index/);
  });

  it("tells the first five of what it passes over, and counts the rest", async () => {
    const evil = released("main-1", 1);
    await release("main-1", 1);
    const repository = await store();
    const subject = (await repository.resolve("main-1"))!;
    for (let number = 0; number < 8; number += 1)
      await pushRecord(repository, subject, { ...evil.record, number });
    const { stdout, stderr } = await history();
    expect(versionsIn({ stdout })).toEqual(["main-1"]);
    expect(stderr.match(/^! passed over evidence sha256:\S+ is no release record$/gm)).toHaveLength(5);
    expect(stderr).toContain("! passed over 3 more\n");
  });
});

describe("history of one release", () => {
  it("shows it in full", async () => {
    await release("main-1", 1);
    const { stdout } = await one("main-1");
    expect(stdout).toMatch(
      /^release {2}main-1\nimage {4}127\.0\.0\.1:5000\/acme\/web\ndigest {3}sha256:[0-9a-f]{64}\n/,
    );
    expect(stdout).toContain("\nstages\n");
    expect(JSON.parse((await one("main-1", { json: true })).stdout)).toMatchObject({
      version: "main-1",
      outcome: "success",
    });
  });

  it("asks the registry for one that the index does not know", async () => {
    await release("main-1", 1);
    await history();
    await release("main-2", 2);
    expect(await one("main-2")).toMatchObject({
      stdout: expect.stringContaining("release  main-2\n") as string,
      stderr: "2 releases in the registry\n",
    });
  });

  it("says that there is none", async () => {
    await release("main-1", 1);
    await expect(one("main-2")).rejects.toMatchObject({
      code: "usage",
      message: 'history: there is no release "main-2" of 127.0.0.1:5000/acme/web',
    });
  });

  it("counts older runs of the same version", async () => {
    await release("main-1", 1);
    await history();
    for (const day of [2, 3]) await addHere({ ...failed("main-1", day), name: EMBEDDED });
    const { stdout, stderr } = await one("main-1");
    expect(stdout).toMatch(/^failed {3}main-1\n/);
    expect(stderr).toContain("2 older runs of it not shown\n");
  });
});

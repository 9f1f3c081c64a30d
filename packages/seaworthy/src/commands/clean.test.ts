import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { attachStatement } from "@seaworthy/evidence";
import { type Digest, type Repository, hexOf, openLayout } from "@seaworthy/oci";
import { serveRegistry } from "@seaworthy/registry";
import { type Deployment, deploymentStatement } from "@seaworthy/release";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type TestMachine, testMachine } from "../../test/machine.ts";
import { pushRelease } from "../../test/push.ts";
import { released } from "../../test/runs.ts";
import { type CleanFlags, type CleanTools, runClean } from "./clean.ts";

const { signal } = new AbortController();
const EMBEDDED = "127.0.0.1:5000/acme/web";
/** What the tests put has come two months before. */
const now = (): number => Date.now() + 60 * 86_400_000;

let machine: TestMachine;
beforeEach(() => {
  machine = testMachine();
  configure("newest: 1");
});
afterEach(() => machine[Symbol.dispose]());

/** A file for each config: Node loads one only once. */
function configure(retention: string, image = "acme/web", more = ""): void {
  const text = `export default { image: ${JSON.stringify(image)}, retention: { ${retention} }, ${more} };\n`;
  writeFileSync(join(machine.dir, "seaworthy.config.ts"), text);
}

const layout = () => openLayout(join(machine.dir, ".seaworthy/store"));
const store = async (): Promise<Repository> => (await layout()).repository("acme/web");

/** Released one after the other; the last is the newest. @returns digests */
async function release(...versions: readonly string[]): Promise<readonly Digest[]> {
  const digests: Digest[] = [];
  for (const [at, version] of versions.entries()) {
    const { reference } = await pushRelease(await store(), EMBEDDED, released(version, at + 1).record);
    digests.push(reference.split("@")[1] as Digest);
  }
  return digests;
}

const deployment: Deployment = {
  environment: "production",
  target: { kind: "local", where: "here" },
  version: "1",
  at: "2026-11-01T00:00:00Z",
  outcome: "healthy",
  by: "deploy",
  who: "ada",
};

async function deployed(digest: Digest, more: Partial<Deployment> = {}): Promise<void> {
  const repository = await store();
  const target = (await repository.resolve(digest))!;
  await attachStatement(
    repository,
    target,
    deploymentStatement(target, EMBEDDED, { ...deployment, ...more }),
  );
}

async function clean(flags: CleanFlags = {}, more: Partial<CleanTools> = {}) {
  machine.said.stdout = machine.said.stderr = "";
  const code = await runClean(machine.machine, flags, { signal, now, ...more });
  return { code, ...machine.said };
}

async function blobs(): Promise<number> {
  let count = 0;
  for await (const _ of (await layout()).list()) count += 1;
  return count;
}
const undoFiles = (): readonly string[] => {
  const dir = join(machine.dir, ".seaworthy/clean");
  return readdirSync(dir).map((name) => join(dir, name));
};

describe("clean", () => {
  it("shows what goes, what stays and why, and deletes nothing", async () => {
    await release("main-1111111", "main-2222222");
    const before = await blobs();
    const { code, stdout, stderr } = await clean();
    expect(stdout.split("\n")).toEqual([
      "goes          age      frees   with  why",
      expect.stringMatching(/^main-1111111 {2}60 days {2}\d\.\d kB {2}2 {5}older than 30 days$/),
      "",
      "stays         age      takes   with  why",
      expect.stringMatching(/^main-2222222 {2}60 days {2}\d\.\d kB {2}2 {5}one of the newest 1$/),
      "",
      expect.stringMatching(/^1 image to delete \(3 manifests\), 1 image to keep; \d\.\d kB to free$/),
      "",
    ]);
    expect([code, stderr]).toEqual([0, "nothing was deleted; --apply does it\n"]);
    expect(await blobs()).toBe(before);
  });

  it("deletes with --apply what it shows, frees the space, and finds nothing after", async () => {
    await release("main-1111111", "main-2222222");
    const before = await blobs();
    const shown = await clean();
    const applied = await clean({ apply: true });
    expect(applied.stdout).toBe(shown.stdout);
    expect(applied.stderr).toMatch(/\ndeleted 3 manifests; \d\.\d kB freed\n$/);
    // Index, record, statement and list; what both have stays.
    expect(await blobs()).toBe(before - 4);
    expect(await (await store()).tags()).toEqual(["main-2222222"]);
    expect(await clean()).toMatchObject({ code: 0, stderr: "" });
    expect((await clean()).stdout).toMatch(/\nnothing to delete, 1 image to keep\n$/);
  });

  it("says all of it as JSON", async () => {
    const [old, young] = await release("main-1111111", "main-2222222");
    const plan = JSON.parse((await clean({ json: true })).stdout) as { readonly freed: number };
    expect(plan).toMatchObject({
      goes: [{ digest: old, tags: ["main-1111111"], with: 2, why: ["older than 30 days"] }],
      stays: [{ digest: young, tags: ["main-2222222"], why: ["one of the newest 1"] }],
      broken: [],
    });
    expect(plan).not.toHaveProperty("applied");
    const { applied } = JSON.parse((await clean({ json: true, apply: true })).stdout) as { applied: object };
    expect(applied).toMatchObject({ skipped: [], refused: [], freed: plan.freed });
  });

  it("P6: keeps what is deployed and what a rollback needs, by the evidence on it", async () => {
    const [one, two, three] = await release("main-1111111", "main-2222222", "main-3333333", "main-4444444");
    await deployed(one!, { at: "2026-11-01T00:00:00Z" });
    await deployed(two!, { at: "2026-11-02T00:00:00Z", outcome: "failed" });
    await deployed(three!, { at: "2026-11-03T00:00:00Z" });
    const { stdout } = await clean({ apply: true });
    expect(stdout).toContain("deployed in production");
    expect(stdout).toContain("rollback of production, 1 back");
    expect(await (await store()).tags()).toEqual(["main-1111111", "main-3333333", "main-4444444"]);
  });

  it("P6: keeps what the places that run images say they need", async () => {
    const [one] = await release("main-1111111", "main-2222222", "main-3333333");
    const running = async () => new Map([[one!, "runs in staging"]]);
    expect((await clean({ apply: true }, { running })).stdout).toContain("runs in staging");
    expect(await (await store()).tags()).toEqual(["main-1111111", "main-3333333"]);
  });

  describe("asks the environments of the config", () => {
    const local = 'environments: { local: { local: { services: [{ name: "web" }] } } }';
    const stateFile = (): string => join(machine.dir, ".seaworthy/local/local/state.json");
    const writeState = (text: string): void => {
      mkdirSync(dirname(stateFile()), { recursive: true });
      writeFileSync(stateFile(), text);
    };
    beforeEach(() => configure("newest: 1", "acme/web", local));

    it("P6: keeps what they know though no record says so, and what was begun there", async () => {
      const [one, two] = await release("main-1111111", "main-2222222", "main-3333333", "main-4444444");
      const image = (digest: Digest) => ({ name: EMBEDDED, digest, version: "1" });
      const settings = { services: [], hold: 0 };
      const good = [{ image: image(one!), settings, who: "ada", at: "2026-11-01T00:00:00Z" }];
      writeState(JSON.stringify({ on: false, good, pending: { image: image(two!), settings, who: "ada" } }));
      const { stdout } = await clean({ apply: true });
      expect(stdout).toContain("known to local");
      expect(stdout).toContain("begun in local");
      expect(await (await store()).tags()).toEqual(["main-1111111", "main-2222222", "main-4444444"]);
    });

    it("deletes nothing while one does not answer, unless told to go by the registry", async () => {
      await release("main-1111111", "main-2222222");
      writeState("{");
      expect((await clean()).stderr).toMatch(/^! local: cannot be asked what it needs: .*state\.json/m);
      await expect(clean({ apply: true })).rejects.toMatchObject({
        code: "unmet",
        hint: expect.stringContaining("--unasked local") as unknown,
      });
      expect(await (await store()).tags()).toHaveLength(2);
      await expect(clean({ unasked: ["moon"] })).rejects.toMatchObject({ code: "usage" });
      expect((await clean({ apply: true, unasked: ["local"] })).code).toBe(0);
      expect(await (await store()).tags()).toHaveLength(1);
    });
  });

  it("keeps what evidence says is deployed that cannot be read, and says so", async () => {
    const [one] = await release("main-1111111", "main-2222222");
    await deployed(one!, { at: "yesterday" });
    const { stdout, stderr } = await clean();
    expect(stderr).toMatch(/^! evidence sha256:\w+: is no record of a deployment$/m);
    expect(stdout).toContain("evidence of a deployment that cannot be read");
    expect(stdout).toMatch(/nothing to delete/);
  });

  it("skips what was tagged after it was shown, with all that belongs to it", async () => {
    const [one] = await release("main-1111111", "main-2222222");
    const repository = await store();
    let asked = 0;
    // Asked for each plan: the second is the look before anything is deleted.
    const running = async () => {
      if (++asked === 1) await repository.tag((await repository.resolve(one!))!, "v1.0.0");
      return new Map<Digest, string>();
    };
    const { code, stderr } = await clean({ apply: true }, { running });
    expect(stderr).toMatch(/^skipped main-1111111 \(\w{12}\): .*v1\.0\.0 for ever$/m);
    expect(stderr).toMatch(/deleted 0 manifests; 0 B freed\n$/);
    expect(code).toBe(0);
    expect(await repository.tags()).toEqual(["main-1111111", "main-2222222", "v1.0.0"]);
  });

  it("leaves alone what came less than a day ago and has no tag yet", async () => {
    const [one] = await release("main-1111111");
    await (await store()).untag("main-1111111");
    const { stdout } = await clean({}, { now: Date.now });
    expect(stdout).toContain(`${hexOf(one!).slice(0, 12)}  less than a minute`);
    expect(stdout).toContain("no tag yet: may be under way");
  });

  it("writes what it deletes into a file, and says what cannot be brought back", async () => {
    const [one] = await release("main-1111111", "main-2222222");
    const { stderr } = await clean({ apply: true });
    const [file] = undoFiles();
    expect(stderr).toContain(`to undo: seaworthy clean --undo ${file}\n`);
    const record = JSON.parse(readFileSync(file!, "utf8")) as { versions: readonly object[] };
    expect(record).toMatchObject({ version: 1, image: EMBEDDED, finished: true });
    expect(record.versions[0]).toMatchObject({ digest: one, tags: ["main-1111111"] });
    const undone = await clean({ undo: file! });
    expect(undone.code).toBe(1);
    expect(undone.stderr).toMatch(
      /^! main-1111111 \(\w{12}\): its bytes are gone; release that commit again\nrestored 0 manifests; 0 there already, 3 lost\n$/,
    );
  });

  it("brings back tags whose content others still have", async () => {
    const [one] = await release("main-1111111");
    const repository = await store();
    await (await layout()).repository("acme/mirror").tag((await repository.resolve(one!))!, "v1");
    await release("main-2222222");
    await clean({ apply: true });
    expect(await repository.tags()).toEqual(["main-2222222"]);
    await clean({ undo: undoFiles()[0]! });
    expect(await repository.tags()).toEqual(["main-1111111", "main-2222222"]);
  });

  it.each([
    [
      "of another image",
      '{"version":1,"image":"x.example/y","at":"","finished":true,"versions":[]}',
      "usage",
    ],
    ["that is none", "<html>", "retention"],
    [
      "with a digest that is none",
      '{"version":1,"image":"x","at":"","finished":true,"versions":[{"digest":"../x","tags":[]}]}',
      "retention",
    ],
  ])("refuses to undo from a file %s", async (_, text, code) => {
    await release("main-1111111");
    writeFileSync(join(machine.dir, "undo.json"), text);
    await expect(clean({ undo: "undo.json" })).rejects.toMatchObject({ code });
  });

  it("says where undo files are where one is not there", async () => {
    await expect(clean({ undo: "nope.json" })).rejects.toMatchObject({
      code: "usage",
      hint: `they are in ${join(machine.dir, ".seaworthy/clean")}`,
    });
  });

  it("leaves a repository alone whose manifests cannot be read, by name", async () => {
    const [one] = await release("main-1111111", "main-2222222");
    writeFileSync(join(machine.dir, ".seaworthy/store/blobs/sha256", hexOf(one!)), "damaged");
    const before = await blobs();
    await expect(clean({ apply: true })).rejects.toMatchObject({
      code: "retention",
      message: expect.stringMatching(
        /store: acme\/web: cannot be read whole, so nothing is deleted: /,
      ) as string,
    });
    expect(await blobs()).toBe(before);
    expect(await (await store()).tags()).toHaveLength(2);
  });

  it("tells of an image that was broken before, and leaves it", async () => {
    const [one] = await release("main-1111111", "main-2222222");
    rmSync(join(machine.dir, ".seaworthy/store/blobs/sha256", hexOf(one!)));
    const { stdout, code } = await clean({ apply: true });
    expect(stdout).toContain(`! broken before: main-1111111 lacks ${one}`);
    expect(code).toBe(0);
    expect(await (await store()).tags()).toEqual(["main-1111111", "main-2222222"]);
  });

  it("of what was never released is nothing, and leaves no trace", async () => {
    expect(await clean({ apply: true })).toMatchObject({
      code: 0,
      stdout: "nothing to delete, 0 images to keep\n",
    });
    expect(readdirSync(machine.dir)).toEqual(["seaworthy.config.ts"]);
  });
});

describe("clean at a registry", () => {
  it("P32: says which token GitHub Packages takes, where there is none", async () => {
    await expect(clean({ image: "ghcr.io/acme/web/api" })).rejects.toMatchObject({
      code: "unmet",
      hint: expect.stringContaining("read:packages and delete:packages") as string,
    });
  });

  it("deletes by digest, dated by release records, and says where deletion is not allowed", async () => {
    const releases = await release("main-1111111", "main-2222222");
    const served = await layout();
    const uploads = join(machine.dir, "uploads");
    const readOnly = await serveRegistry({ store: served, uploads, readOnly: true });
    configure("newest: 1", `127.0.0.1:${readOnly.port}/acme/web`);
    const at = (): number => Date.parse("2026-12-25T00:00:00Z");
    await expect(clean({ apply: true, config: "seaworthy.config.ts" }, { now: at })).rejects.toMatchObject({
      code: "registry",
      hint: expect.stringContaining("allow deletion there") as string,
    });
    await readOnly.close();
    expect(readFileSync(join(machine.dir, ".seaworthy/.gitignore"), "utf8")).toBe("*\n");
    const server = await serveRegistry({ store: served, uploads });
    const image = `127.0.0.1:${server.port}/acme/web`;
    const { stdout, stderr, code } = await clean({ apply: true, image }, { now: at });
    expect(stdout).toMatch(/^main-1111111 {2}53 days/m);
    expect(stderr).toMatch(/deleted 2 manifests; the registry frees the space\n$/);
    expect(code).toBe(0);
    expect(await (await store()).tags()).toEqual(["main-2222222"]);
    expect(await (await store()).resolve(releases[0]!)).toBeUndefined();
    await server.close();
  });
});

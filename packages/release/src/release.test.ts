import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  type Digest,
  type Layout,
  type Repository,
  copyGraph,
  digestOf,
  memoryStore,
  openLayout,
  readIndex,
} from "@seaworthy/oci";
import type { BuildRequest, Engine, ProgressEvent } from "@seaworthy/builder";
import { attachStatement, findStatements, statementAbout } from "@seaworthy/evidence";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ImageParts, putImage, putIndex } from "../test/stored-image.ts";
import type { Examination } from "./examine/examination.ts";
import { type Policy, policyGate } from "./gates/policy.ts";
import { readHistory } from "./history.ts";
import { release } from "./release.ts";
import type { ReleaseRequest, ReleaseTools } from "./request.ts";
import type { Source } from "./source.ts";
import { tagsFor } from "./tags.ts";
import { gitAncestry } from "./tags/guard/ancestry.ts";
import type { VerifyConfig } from "./verify/checks.ts";
import { verifyKey } from "./verify/result.ts";

const NAME = "127.0.0.1:5000/acme/app";
const revision = "4b35282aa0f7c0d3b0e6b1f4f8c5f1c7d2e3a4b5";
const onMain: Source = { revision, branch: "main", defaultBranch: "main", dirty: false };
const VERIFY: VerifyConfig = { services: [], rejects: [], allowRoot: false };
const platform = { os: "linux", architecture: "amd64" };
/** No container is started in these tests; `verify/` has those. */
const cannotRun = (): string => "no emulator in this test";

let dir: string;
let layout: Layout;
let events: ProgressEvent[];
let builds: number;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), "seaworthy-"));
  layout = await openLayout(join(dir, "store"));
  events = [];
  builds = 0;
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Writes a given image, as the contract of an engine asks. */
function engineOf(parts: ImageParts): Engine {
  return {
    async build() {
      builds += 1;
      const index = await putIndex(layout, [await putImage(layout, parts)]);
      return { index, warnings: [], steps: { cached: builds > 1 ? 4 : 1, total: 4 } };
    },
  };
}

function toolsOf(repository: Repository, parts: ImageParts = {}): ReleaseTools {
  const none = (): never => {
    throw new Error("nothing is run in this test");
  };
  return {
    engine: engineOf(parts),
    layout,
    repository,
    sandbox: none,
    snapshots: none,
    ancestry: gitAncestry(() => Promise.reject(new Error("nothing here depends on git"))),
    command: none,
    attach: attachStatement,
    stateDir: join(dir, "state"),
    parallel: 2,
    progress: (event) => void events.push(event),
    signal: new AbortController().signal,
    now: () => Date.UTC(2026, 10, 23, 12, 0, builds),
  };
}

function requestOf(more: Partial<ReleaseRequest> = {}): ReleaseRequest {
  const build: BuildRequest = {
    dockerfile: { path: "Dockerfile", text: "FROM scratch" },
    context: dir,
    platforms: [platform],
    epoch: 0,
    created: 0,
  };
  return {
    name: NAME,
    build,
    tests: [],
    verify: VERIFY,
    sources: [],
    examinations: [],
    gates: [],
    source: onMain,
    tags: tagsFor(more.source ?? onMain),
    trigger: { who: "me", what: "test" },
    cannotRun,
    ...more,
  };
}

const embedded = (): Repository => layout.repository("acme/app");

/** Every file below the store with its times: a run that has nothing to do changes none. */
function traces(): readonly string[] {
  return readdirSync(join(dir, "store"), { recursive: true, encoding: "utf8" })
    .toSorted()
    .map((path) => {
      const { mtimeMs, size, ino } = statSync(join(dir, "store", path));
      return `${path} ${mtimeMs} ${size} ${ino}`;
    });
}

async function historyOf(repository: Repository) {
  const { signal } = new AbortController();
  return readHistory(repository, { onProblem: () => undefined, signal });
}

const ends = () => events.filter((event) => event.type === "end").map(({ id, status }) => `${id} ${status}`);

describe("release", () => {
  it("goes from a build to tags and a record on one digest", async () => {
    const result = await release(requestOf(), toolsOf(embedded()));
    expect(result).toMatchObject({
      reference: `${NAME}@${result.index.digest}`,
      version: "main-4b35282",
      changed: true,
    });
    for (const tag of ["main-4b35282", "latest"]) {
      expect((await embedded().resolve(tag))?.digest).toBe(result.index.digest);
    }
    expect(ends()).toEqual(["build done", "verify done", "publish done", "record done"]);
  });

  it("records what happened: stages, layers, sizes, tags, trigger and source", async () => {
    const { index } = await release(requestOf(), toolsOf(embedded()));
    const [record, ...others] = await historyOf(embedded());
    expect(others).toEqual([]);
    expect(record).toMatchObject({
      version: "main-4b35282",
      reference: `${NAME}@${index.digest}`,
      startedAt: "2026-11-23T12:00:00Z",
      finishedAt: "2026-11-23T12:00:01Z",
      trigger: { who: "me", what: "test" },
      source: onMain,
      steps: { cached: 1, total: 4 },
      tags: [
        { tag: "main-4b35282", to: index.digest },
        { tag: "main", to: index.digest },
        { tag: "latest", to: index.digest },
      ],
      platforms: [{ platform: "linux/amd64", verify: "not-run" }],
    });
    expect(record?.stages.map(({ name }) => name)).toEqual(["build", "verify", "publish"]);
    const { layers, size } = record!.platforms[0]!;
    expect(layers).toHaveLength(1);
    expect(size).toBeGreaterThan(layers[0]!);
  });

  it("touches no file the second time", async () => {
    const first = await release(requestOf(), toolsOf(embedded()));
    const before = traces();
    events = [];
    const second = await release(requestOf(), toolsOf(embedded()));
    expect(traces()).toEqual(before);
    expect(second).toMatchObject({ reference: first.reference, changed: false, bytesSent: 0 });
    expect(ends()).toEqual(["build cached", "verify cached", "publish cached", "record cached"]);
  });

  it("publishes into another registry with the evidence, and sends nothing twice", async () => {
    const registry = memoryStore();
    const first = await release(requestOf(), toolsOf(registry));
    expect(first.bytesSent).toBeGreaterThan(0);
    await copyGraph(first.index, registry, memoryStore());
    const kindsOf = async (digest: Digest): Promise<unknown> =>
      (await registry.referrers(digest)).map(({ annotations }) => annotations?.["in-toto.io/predicate-type"]);
    expect(await kindsOf(first.index.digest)).toEqual(["https://seaworthy.dev/release-record/v1"]);
    const [manifest] = (await readIndex(registry, first.index)).manifests;
    expect(await kindsOf(manifest!.digest)).toEqual(["https://seaworthy.dev/verify-result/v1"]);
    const second = await release(requestOf(), toolsOf(registry));
    expect(second).toMatchObject({ bytesSent: 0, changed: false });
  });

  it("records a new name for a digest that is there already", async () => {
    await release(requestOf(), toolsOf(embedded()));
    const source = { ...onMain, revision: "ffffffffffffffffffffffffffffffffffffffff", branch: "feature" };
    const second = await release(requestOf({ source }), toolsOf(embedded()));
    expect(second.tags.map(({ tag }) => tag)).toEqual(["feature-fffffff", "feature"]);
    expect((await historyOf(embedded())).map(({ version }) => version).toSorted()).toEqual([
      "feature-fffffff",
      "main-4b35282",
    ]);
  });

  it("finishes what an earlier run left before its record", async () => {
    const registry = memoryStore();
    const tools = toolsOf(registry);
    const put = registry.put.bind(registry);
    registry.put = async (target, content, signal) => {
      if ((await registry.tags()).length === 3) throw new Error("connection reset");
      return put(target, content, signal);
    };
    await expect(release(requestOf(), tools)).rejects.toThrow("connection reset");
    expect(await historyOf(registry)).toEqual([]);
    registry.put = put;
    expect((await release(requestOf(), tools)).changed).toBe(true);
    expect(await historyOf(registry)).toHaveLength(1);
  });

  it("starts no stage after it was interrupted", async () => {
    const stop = new AbortController();
    const tools = { ...toolsOf(embedded()), signal: stop.signal };
    const build = tools.engine.build.bind(tools.engine);
    tools.engine.build = async (...args) => build(...args).finally(() => stop.abort());
    await expect(release(requestOf(), tools)).rejects.toMatchObject({ name: expect.stringMatching(/Error/) });
    expect(ends()).toEqual(["build done"]);
    expect(await embedded().tags()).toEqual([]);
  });
});

describe("evidence", () => {
  const TYPE = "https://example.org/contents/v1";
  const contents: Examination = {
    name: "contents",
    about: "both",
    types: [TYPE],
    key: () => Promise.resolve("today"),
    examine: ({ target }) => Promise.resolve([{ predicateType: TYPE, predicate: target.digest }]),
  };

  it("about index and platforms travels with them, and gates judge by it", async () => {
    const registry = memoryStore();
    const seen: unknown[] = [];
    const check: Policy["check"] = ({ predicates }) => void seen.push(...predicates(TYPE));
    const gates = [policyGate({ name: "sees", check })];
    const { index } = await release(requestOf({ examinations: [contents], gates }), toolsOf(registry));
    const [child] = (await readIndex(registry, index)).manifests;
    expect(seen).toEqual([index.digest, child!.digest]);
    for (const target of [index, child!]) {
      expect(await findStatements(registry, target, { predicateType: TYPE })).toHaveLength(1);
    }
    expect(ends()).toEqual([
      "build done",
      "verify done",
      "[index] contents done",
      "[linux/amd64] contents done",
      "evidence done",
      "gates done",
      "publish done",
      "record done",
    ]);
    events = [];
    await release(requestOf({ examinations: [contents] }), toolsOf(registry));
    expect(ends()).toContain("evidence cached");
  });
});

describe("the gate", () => {
  it.each<[string, ImageParts, RegExp]>([
    ["runs as root by default", { config: { User: "" } }, /no USER, which is root/],
    ["runs as root by name", { config: { User: "root:users" } }, /USER root:users/],
    ["runs as root by number", { config: { User: "00:5" } }, /USER 00:5/],
    ["has a secret in its environment", { config: { Env: ["DB_PASSWORD=hunter22"] } }, /env DB_PASSWORD/],
    ["has a secret in a label", { config: { Labels: { x: "TOKEN=abcdefgh" } } }, /label x/],
    ["has a secret in its history", { history: [{ created_by: "RUN |1 NPM_TOKEN=abc sh" }] }, /history 1/],
  ])("refuses an image that %s, and publishes nothing", async (_, parts, message) => {
    const registry = memoryStore();
    await expect(release(requestOf(), toolsOf(registry, parts))).rejects.toMatchObject({
      code: "refused",
      message: expect.stringMatching(message),
    });
    expect(await registry.tags()).toEqual([]);
    for await (const held of registry.list()) expect(held).toBeUndefined();
  });

  it("lets an image run as root where the config allows it", async () => {
    const verify = { ...VERIFY, allowRoot: true };
    const { changed } = await release(requestOf({ verify }), toolsOf(embedded(), { config: { User: "" } }));
    expect(changed).toBe(true);
  });

  it("is asked again when the checks change", async () => {
    await release(requestOf(), toolsOf(embedded()));
    events = [];
    await release(requestOf({ verify: { ...VERIFY, allowRoot: true } }), toolsOf(embedded()));
    expect(ends()).toContain("verify done");
  });

  it("is asked again when another reason keeps a platform from running", async () => {
    await release(requestOf(), toolsOf(embedded()));
    events = [];
    await release(requestOf({ cannotRun: () => "another reason" }), toolsOf(embedded()));
    expect(ends()).toContain("verify done");
  });

  it.each<[string, (digest: string) => unknown]>([
    ["an empty result", () => ({})],
    [
      "a result about another platform",
      () => ({ platform: "linux/amd64", digest: digestOf("x"), status: "passed", checks: [] }),
    ],
    ["a failed result", (digest) => ({ platform: "linux/amd64", digest, status: "failed", checks: [] })],
    ["something that is no result", (digest) => ({ digest, status: "passed" })],
    ["null", () => null],
  ])("is not passed by %s that somebody attached", async (_, predicate) => {
    const parts = { config: { User: "root" } };
    const manifest = await putImage(layout, parts);
    const statement = statementAbout(manifest, {
      name: NAME,
      predicateType: "https://seaworthy.dev/verify-result/v1",
      predicate: predicate(manifest.digest),
    });
    await attachStatement(embedded(), manifest, statement, { key: verifyKey(VERIFY) });
    await expect(release(requestOf(), toolsOf(embedded(), parts))).rejects.toMatchObject({ code: "refused" });
  });

  it("passes over a broken result and says so", async () => {
    const tools = toolsOf(embedded());
    const manifest = await putImage(layout);
    const statement = statementAbout(manifest, {
      name: NAME,
      predicateType: "https://seaworthy.dev/verify-result/v1",
      predicate: "passed",
    });
    await attachStatement(embedded(), manifest, statement, { key: verifyKey(VERIFY) });
    await release(requestOf(), tools);
    const warnings = events.filter((event) => event.type === "warning");
    expect(warnings).toEqual([{ type: "warning", message: expect.stringContaining("is no verify result") }]);
    expect(
      await findStatements(embedded(), manifest, { predicateType: "https://seaworthy.dev/verify-result/v1" }),
    ).toHaveLength(2);
  });
});

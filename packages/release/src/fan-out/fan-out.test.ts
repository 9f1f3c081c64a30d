import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BuildRequest, type Engine, exportIndex } from "@seaworthy/builder";
import { attachStatement, statementAbout } from "@seaworthy/evidence";
import {
  type Platform,
  type Repository,
  digestOf,
  formatPlatform,
  memoryStore,
  openLayout,
  readIndex,
} from "@seaworthy/oci";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { putImage } from "../../test/stored-image.ts";
import { type Gate, type GateSubject } from "../gates/gate.ts";
import { readHistory } from "../history.ts";
import { release } from "../release.ts";
import type { ReleaseRequest, ReleaseResult, ReleaseTools } from "../request.ts";
import type { Source } from "../source.ts";
import { tagsFor } from "../tags.ts";
import { gitAncestry } from "../tags/guard/ancestry.ts";
import { findPartial } from "./find-partial.ts";
import { mergePartials } from "./merge.ts";
import { PARTIAL_TYPE, type Partial } from "./partial.ts";
import { releasePartial } from "./release-partial.ts";
import { slotOf } from "./slot.ts";

const NAME = "registry.example/acme/app";
const revision = "4b35282aa0f7c0d3b0e6b1f4f8c5f1c7d2e3a4b5";
const source: Source = { revision, branch: "main", defaultBranch: "main", dirty: false };
const amd64: Platform = { os: "linux", architecture: "amd64" };
const arm64: Platform = { os: "linux", architecture: "arm64" };
const annotations = { "org.opencontainers.image.revision": revision };
const { signal } = new AbortController();

let dir: string;
let registry: Repository;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "seaworthy-"));
  registry = memoryStore();
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Platforms are not executed here; the stories run real images. */
const cannotRun = (): string => "not in this test";

function requestOf(more: Partial_<ReleaseRequest> = {}): ReleaseRequest {
  const build: BuildRequest = {
    dockerfile: { path: "Dockerfile", text: "FROM scratch" },
    context: dir,
    platforms: [amd64, arm64],
    annotations,
    epoch: 0,
    created: 0,
  };
  return {
    name: NAME,
    build,
    tests: [[{ name: "unit", run: ["true"], cwd: dir, env: {}, timeout: 1_000, always: false }]],
    verify: { services: [], rejects: [], allowRoot: false },
    sources: [],
    examinations: [],
    gates: [],
    source,
    tags: tagsFor(source),
    trigger: { who: "me", what: "test" },
    cannotRun,
    ...more,
  };
}

type Partial_<T> = { readonly [K in keyof T]?: T[K] };

/** A runner: a store of its own, and an engine that writes an image for each platform. */
async function runner(name: string, code = 0): Promise<ReleaseTools> {
  const layout = await openLayout(join(dir, name));
  const engine: Engine = {
    async build({ platforms, annotations: said }) {
      const images = [];
      for (const { architecture } of platforms) {
        images.push(await putImage(layout, { architecture, annotations: said ?? {} }));
      }
      return { index: await exportIndex(images, layout, said), warnings: [], steps: { cached: 1, total: 2 } };
    },
  };
  const none = (): never => {
    throw new Error("nothing is run in this test");
  };
  return {
    engine,
    layout,
    repository: registry,
    sandbox: none,
    snapshots: none,
    command: () => Promise.resolve({ code }),
    attach: attachStatement,
    stateDir: join(dir, name, "state"),
    ancestry: gitAncestry(() => Promise.reject(new Error("nothing here depends on git"))),
    parallel: 2,
    progress: () => undefined,
    signal,
    now: () => Date.UTC(2026, 10, 24),
  };
}

const partial = async (platform: Platform, request = requestOf()): Promise<ReleaseResult> =>
  releasePartial(request, platform, await runner(formatPlatform(platform).replace("/", "-")));

const merge = async (request = requestOf()): Promise<ReleaseResult> =>
  mergePartials(request, await runner("merger"));

async function filed(platform: Platform): Promise<Partial> {
  const answer = await findPartial(requestOf(), platform, registry, signal);
  expect(answer).toHaveProperty("found");
  return (answer as { found: { partial: Partial } }).found.partial;
}

/** Beside what the runner filed, as the newer result. */
async function file(platform: Platform, predicate: object): Promise<void> {
  const { descriptor } = slotOf(requestOf(), platform);
  const newest = { finishedAt: "2999-01-01T00:00:00Z" };
  const statement = statementAbout(descriptor, {
    name: NAME,
    predicateType: PARTIAL_TYPE,
    predicate: { ...predicate, ...newest },
  });
  await attachStatement(registry, descriptor, statement);
}

/** What the runner itself filed goes; what it pushed stays. */
async function forget(platform: Platform): Promise<void> {
  for (const referrer of await registry.referrers(slotOf(requestOf(), platform).descriptor.digest)) {
    await registry.delete(referrer);
  }
}

describe("a partial release", () => {
  it("pushes its image by digest and moves no tag", async () => {
    const { index, tags, reference } = await partial(arm64);
    expect(tags).toEqual([]);
    expect(await registry.tags()).toEqual([]);
    expect(reference).toBe(`${NAME}@${index.digest}`);
    expect(await registry.resolve(index.digest)).toMatchObject({ digest: index.digest });
  });

  it("pushes nothing where a test fails", async () => {
    const tools = await runner("runner", 1);
    await expect(releasePartial(requestOf(), arm64, tools)).rejects.toMatchObject({ code: "refused" });
    for await (const held of registry.list()) expect(held).toBeUndefined();
  });

  it("pushes nothing for a pull request from a fork", async () => {
    const result = await partial(arm64, requestOf({ noPush: "a fork" }));
    expect(result.notPushed).toBe("a fork");
    for await (const held of registry.list()) expect(held).toBeUndefined();
  });

  it.each([
    ["files that differ from the commit", { ...source, dirty: true }],
    ["no commit", { dirty: true }],
  ])("is not made from %s", async (found, from) => {
    await expect(partial(arm64, requestOf({ source: from }))).rejects.toMatchObject({
      code: "source",
      message: expect.stringContaining(found),
    });
  });
});

describe("a merge", () => {
  it("gives the digest that one machine gives", async () => {
    await partial(arm64);
    await partial(amd64);
    const merged = await merge();
    registry = memoryStore();
    const alone = await release(requestOf(), await runner("alone"));
    expect(merged.index.digest).toBe(alone.index.digest);
    expect(merged.tags.map(({ tag }) => tag)).toEqual(["main-4b35282", "main", "latest"]);
  });

  it("records every platform's stages, steps and tests", async () => {
    await partial(amd64);
    await partial(arm64);
    await merge();
    const [record] = await readHistory(registry, { onProblem: () => undefined, signal });
    expect(record).toMatchObject({
      steps: { cached: 2, total: 4 },
      tests: [{ name: "unit (linux/amd64)" }, { name: "unit (linux/arm64)" }],
    });
    expect(record!.stages.map(({ name }) => name)).toEqual([
      ...["linux/amd64", "linux/arm64"].flatMap((name) =>
        ["tests", "build", "verify", "publish"].map((stage) => `${stage} ${name}`),
      ),
      "collect",
      "publish",
    ]);
  });

  it("asks the gates about all platforms before a tag moves", async () => {
    const asked: GateSubject[] = [];
    const gate: Gate = {
      name: "no",
      allowed: "nothing",
      check(subject) {
        asked.push(subject);
        return Promise.resolve([{ name: "no", allowed: "nothing", status: "refused", found: "it" }]);
      },
    };
    await partial(amd64);
    await partial(arm64);
    await expect(merge(requestOf({ gates: [gate] }))).rejects.toMatchObject({ code: "refused" });
    expect(asked[0]!.images.map(({ platform }) => platform)).toEqual(["linux/amd64", "linux/arm64"]);
    expect(asked[0]!.evidence).toHaveLength(3);
    expect(await registry.tags()).toEqual([]);
  });

  it("writes nothing the second time", async () => {
    await partial(amd64);
    await partial(arm64);
    await merge();
    expect(await merge()).toMatchObject({ changed: false, bytesSent: 0 });
  });

  it("takes the last of several results", async () => {
    await partial(amd64);
    await partial(arm64);
    await file(arm64, { ...(await filed(arm64)), who: "the second run" });
    expect((await filed(arm64)).who).toBe("the second run");
  });

  it("is refused by name while results are missing", async () => {
    await partial(amd64);
    await expect(merge()).rejects.toMatchObject({
      code: "refused",
      message: expect.stringMatching(
        /found 1 of 2 platforms\n {2}linux\/arm64: no result of commit 4b35282aa0f7/,
      ),
    });
  });

  it.each<[string, Partial_<ReleaseRequest>]>([
    ["another version", { tags: { ...tagsFor(source), version: "1.0.0" } }],
    ["another commit", { source: { ...source, revision: "f".repeat(40) } }],
    ["other checks", { verify: { services: [], rejects: [], allowRoot: true } }],
    ["other tests", { tests: [] }],
  ])("does not take results made for %s", async (_, other) => {
    await partial(amd64, requestOf(other));
    await partial(arm64, requestOf(other));
    await expect(merge()).rejects.toMatchObject({ message: expect.stringContaining("found 0 of 2") });
  });

  it("says that nothing was pushed for a fork", async () => {
    await expect(merge(requestOf({ noPush: "a fork" }))).rejects.toMatchObject({ code: "refused" });
  });
});

/** What somebody who may push could do between a run and the merge. */
describe("a result that was tampered with", () => {
  beforeEach(async () => {
    await partial(amd64);
    await partial(arm64);
  });

  it.each<[string, (found: Partial) => Promise<object> | object, RegExp]>([
    [
      "names the image of another platform",
      async (found) => ({ ...found, manifest: (await filed(amd64)).manifest }),
      /tampered: its image is for linux\/amd64/,
    ],
    [
      "names another commit",
      (found) => ({ ...found, revision: "0".repeat(40) }),
      /stale: made from commit 0{12}/,
    ],
    ["names other settings", (found) => ({ ...found, request: "sha256:0" }), /stale: made from/],
    [
      "names an image nobody has",
      (found) => ({ ...found, manifest: { ...found.manifest, digest: digestOf("x") } }),
      /tampered: /,
    ],
    [
      "names no digest",
      (found) => ({ ...found, manifest: { ...found.manifest, digest: "../../etc/passwd" } }),
      /tampered: /,
    ],
    [
      "names an index",
      (found) => ({
        ...found,
        manifest: { ...found.manifest, mediaType: "application/vnd.oci.image.index.v1+json" },
      }),
      /tampered: names application/,
    ],
    [
      "is no result at all",
      () => ({ platform: "linux/arm64" }),
      /tampered: evidence sha256:[0-9a-f]+ is no result/,
    ],
    [
      "says that a test failed",
      (found) => ({ ...found, tests: [{ name: "unit", run: [], status: "failed", ms: 1 }] }),
      /is no result of a platform/,
    ],
    [
      "names an image that was not checked",
      async (found) => {
        const image = await putImage(registry, {
          architecture: "arm64",
          annotations,
          config: { Env: ["A=b"] },
        });
        return { ...found, manifest: { mediaType: image.mediaType, digest: image.digest, size: image.size } };
      },
      /has no passed result of these checks/,
    ],
    [
      "names an image of another commit",
      async (found) => {
        const said = { "org.opencontainers.image.revision": "e".repeat(40) };
        const image = await putImage(registry, { architecture: "arm64", annotations: said });
        return { ...found, manifest: { mediaType: image.mediaType, digest: image.digest, size: image.size } };
      },
      /stale: its image says org\.opencontainers\.image\.revision=e{40}/,
    ],
  ])("because it %s, is refused where it stands alone", async (_, change, message) => {
    const changed = await change(await filed(arm64));
    await forget(arm64);
    await file(arm64, changed);
    await expect(merge()).rejects.toMatchObject({ code: "refused", message: expect.stringMatching(message) });
    expect(await registry.tags()).toEqual([]);
  });

  it("beside the true one does not stop the release, nor gets into it", async () => {
    await file(arm64, { ...(await filed(arm64)), revision: "0".repeat(40) });
    const { index } = await merge();
    const { manifests } = await readIndex(registry, index);
    expect(manifests.map(({ platform }) => platform?.architecture)).toEqual(["amd64", "arm64"]);
  });
});

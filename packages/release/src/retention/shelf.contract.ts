import { type Descriptor, type Digest, MediaType, type Repository, digestOf, hexOf } from "@seaworthy/oci";
import { attachStatement, statementAbout } from "@seaworthy/evidence";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { applyPlan } from "./apply.ts";
import { planRetention } from "./plan.ts";
import type { Deletion, Shelf, Version } from "./shelf.ts";
import { survey } from "./survey.ts";

export interface ShelfUnderTest {
  readonly shelf: Shelf;
  /** The same place, to put something there. */
  readonly repository: Repository;
  /** The same place as somebody sees it who put nothing there. */
  readonly reader: Repository;
  readonly close?: () => Promise<void>;
}

export interface ShelfContractOptions {
  /** Whether it lists what has no tag. */
  readonly listsUntagged: boolean;
  /** Whether it brings back content. */
  readonly restores: boolean;
}

const { signal } = new AbortController();
/** All that a test puts is old by then. */
const LATER = Date.now() + 100 * 86_400_000;
const POLICY = { newest: 1, rollbacks: 1, untagged: 3_600_000, rules: [{ tags: ["*"], for: 3_600_000 }] };

async function put(repository: Repository, mediaType: string, content: object): Promise<Descriptor> {
  const bytes = Buffer.from(JSON.stringify(content));
  const target = { mediaType, digest: digestOf(bytes), size: bytes.length };
  await repository.put(target, [bytes]);
  return target;
}

async function putPlatform(repository: Repository, content: string, created: string): Promise<Descriptor> {
  const config = await put(repository, MediaType.config, {
    architecture: "amd64",
    os: "linux",
    created,
    config: { Labels: { content } },
    rootfs: { type: "layers", diff_ids: [] },
  });
  const manifest = { schemaVersion: 2, mediaType: MediaType.manifest, config, layers: [] };
  return put(repository, MediaType.manifest, manifest);
}

interface PutImage {
  readonly index: Descriptor;
  /** Everything that belongs to it. */
  readonly all: readonly Digest[];
}

/** As tools leave one: two platforms, buildx's attestation among them, evidence, and a signature of cosign 2. */
async function putImage(repository: Repository, content: string, day: number): Promise<PutImage> {
  const created = `2026-01-${String(day).padStart(2, "0")}T00:00:00Z`;
  const amd64 = await putPlatform(repository, `${content} amd64`, created);
  const arm64 = await putPlatform(repository, `${content} arm64`, created);
  const attestation = await putPlatform(repository, `${content} attestation`, created);
  const unknown = { ...attestation, platform: { os: "unknown", architecture: "unknown" } };
  const manifests = [amd64, arm64, unknown];
  const index = await put(repository, MediaType.index, {
    schemaVersion: 2,
    mediaType: MediaType.index,
    manifests,
  });
  const statement = { name: "acme/web", predicateType: "https://example.org/x", predicate: { content } };
  const evidence = await attachStatement(repository, index, statementAbout(index, statement));
  const signature = await putPlatform(repository, `${content} signature`, created);
  await repository.tag(signature, `sha256-${hexOf(index.digest)}.sig`);
  const parts = [index, amd64, arm64, attestation, evidence, signature];
  return { index, all: parts.map(({ digest }) => digest) };
}

/** What every `Shelf` keeps, to be run over each implementation. */
export function shelfContract(
  name: string,
  make: () => Promise<ShelfUnderTest>,
  { listsUntagged, restores }: ShelfContractOptions,
): void {
  describe(`the shelf ${name}`, () => {
    let place: ShelfUnderTest;
    beforeEach(async () => {
      place = await make();
    });
    afterEach(() => place.close?.());

    const versions = async (): Promise<ReadonlyMap<Digest, Version>> =>
      new Map((await place.shelf.list(signal)).versions.map((version) => [version.digest, version]));
    const remove = async (wanted: readonly Version[]): Promise<readonly Deletion[]> => {
      const told = new Map<Digest, Deletion>();
      await place.shelf.delete(wanted, ({ digest }, deletion) => void told.set(digest, deletion), signal);
      return wanted.map(({ digest }) => told.get(digest)!);
    };

    it("holds nothing where nothing was put", async () => {
      expect((await place.shelf.list(signal)).versions).toEqual([]);
    });

    it("lists a digest once, with all its tags, those of signatures and referrers too", async () => {
      const { index } = await putImage(place.repository, "a", 1);
      await place.repository.tag(index, "v1");
      await place.repository.tag(index, "latest");
      const listed = await versions();
      expect(listed.get(index.digest)?.tags.toSorted()).toEqual(["latest", "v1"]);
      const tags = [...listed.values()].flatMap((version) => version.tags);
      expect(tags).toContain(`sha256-${hexOf(index.digest)}.sig`);
    });

    it.runIf(listsUntagged)("lists what has no tag", async () => {
      const { all } = await putImage(place.repository, "a", 1);
      const { items } = await survey(place.shelf, { signal });
      expect([...items.keys()]).toEqual(expect.arrayContaining([...all]));
    });

    it("reads what a manifest points at", async () => {
      const { index, all } = await putImage(place.repository, "a", 1);
      const [, amd64] = all;
      await place.repository.tag(index, "v1");
      await place.shelf.list(signal);
      const links = (await place.shelf.read(index.digest, signal))!;
      expect(links).toMatchObject({ size: index.size, children: all.slice(1, 4), contents: [] });
      expect((await place.shelf.read(amd64!, signal))?.contents).toHaveLength(1);
      expect(await place.shelf.read(digestOf("absent"), signal)).toBeUndefined();
    });

    it("P32: deletes a version with all its tags and no other; what is gone already counts as deleted", async () => {
      const one = await putPlatform(place.repository, "one", "2026-01-01T00:00:00Z");
      const two = await putPlatform(place.repository, "two", "2026-01-01T00:00:00Z");
      for (const tag of ["a", "b"]) await place.repository.tag(one, tag);
      await place.repository.tag(two, "c");
      const listed = await versions();
      const doomed = listed.get(one.digest)!;
      expect(await remove([doomed])).toEqual([{ is: "deleted" }]);
      expect(await place.repository.tags()).toEqual(["c"]);
      expect([...(await versions()).values()].map(({ tags }) => tags)).toContainEqual(["c"]);
      const again = { ...doomed, tags: [] };
      expect(await remove([again])).toEqual([{ is: "deleted" }]);
    });

    it("leaves alone what has another tag by now, or lost one to another", async () => {
      const one = await putPlatform(place.repository, "one", "2026-01-01T00:00:00Z");
      const two = await putPlatform(place.repository, "two", "2026-01-01T00:00:00Z");
      const three = await putPlatform(place.repository, "three", "2026-01-01T00:00:00Z");
      await place.repository.tag(one, "a");
      await place.repository.tag(two, "b");
      await place.repository.tag(three, "c");
      const listed = await versions();
      await place.repository.tag(one, "new");
      await place.repository.tag(three, "b");
      const doomed = [one, two].map(({ digest }) => listed.get(digest)!);
      const told = await remove(doomed);
      expect(told.map(({ is }) => is)).toEqual(["changed", "changed"]);
      expect(await place.repository.tags()).toEqual(["a", "b", "c", "new"]);
    });

    it("P1: a cleaning takes an old image with all that belongs to it, and nothing of another", async () => {
      const { repository, reader, shelf } = place;
      const old = await putImage(repository, "old", 1);
      const young = await putImage(repository, "young", 2);
      await repository.tag(old.index, "main-1");
      await repository.tag(young.index, "main-2");
      const wishes = { policy: POLICY, deployed: [], protect: new Map(), now: LATER };
      const replan = async () => planRetention(await survey(shelf, { signal }), wishes);
      const plan = await replan();
      expect(plan.goes.map(({ tags }) => tags)).toEqual([["main-1"]]);
      const applied = await applyPlan(shelf, plan, { replan, remember: async () => {}, signal });
      expect(applied).toMatchObject({ skipped: [], refused: [] });
      expect(applied.deleted.map(({ digest }) => digest)).toEqual(expect.arrayContaining([...old.all]));
      for (const digest of old.all) expect(await reader.resolve(digest)).toBeUndefined();
      for (const digest of young.all) expect(await reader.resolve(digest)).toBeDefined();
      expect(await reader.tags()).toEqual(["main-2", `sha256-${hexOf(young.index.digest)}.sig`]);
      expect(await reader.referrers(young.index.digest)).toHaveLength(1);
      expect((await replan()).waves).toEqual([]);
    });

    it(`${restores ? "brings back" : "says that it cannot bring back"} what it deleted`, async () => {
      const { repository, reader, shelf } = place;
      const image = await putPlatform(repository, "one", "2026-01-01T00:00:00Z");
      await repository.tag(image, "v1");
      await repository.tag(await putPlatform(repository, "other", "2026-01-01T00:00:00Z"), "v2");
      const version = (await versions()).get(image.digest)!;
      expect(await shelf.restore(version, signal)).toEqual({ is: "there already" });
      await remove([version]);
      await shelf.reclaim?.([image.digest], LATER, signal);
      const restoring = await shelf.restore(version, signal);
      expect(restoring).toMatchObject(restores ? { is: "restored" } : { is: "lost" });
      expect((await reader.resolve("v1"))?.digest).toBe(restores ? image.digest : undefined);
    });
  });
}

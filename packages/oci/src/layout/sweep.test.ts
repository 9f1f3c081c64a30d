import { mkdtemp, rm, utimes } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import {
  type Descriptor,
  type Digest,
  type Layout,
  MediaType,
  digestOf,
  hexOf,
  openLayout,
} from "../index.ts";

const HOUR = 3_600_000;
let layout: Layout;
beforeEach(async () => {
  layout = await openLayout(await mkdtemp(join(tmpdir(), "seaworthy-sweep-")));
});
afterEach(() => rm(layout.dir, { recursive: true }));

async function put(mediaType: string, content: object | string): Promise<Descriptor> {
  const bytes = Buffer.from(typeof content === "string" ? content : JSON.stringify(content));
  const target = { mediaType, digest: digestOf(bytes), size: bytes.length };
  await layout.repository("app").put(target, [bytes]);
  return target;
}

async function putImage(content: string): Promise<readonly Descriptor[]> {
  const config = await put(MediaType.config, { content });
  const layer = await put(MediaType.layer, `layer of ${content}`);
  const manifest = { schemaVersion: 2, mediaType: MediaType.manifest, config, layers: [layer] };
  const image = await put(MediaType.manifest, manifest);
  const manifests = { schemaVersion: 2, mediaType: MediaType.index, manifests: [image] };
  return [await put(MediaType.index, manifests), image, config, layer];
}

const age = async (targets: readonly Descriptor[]): Promise<void> => {
  for (const { digest } of targets) await utimes(join(layout.dir, "blobs/sha256", hexOf(digest)), 1, 1);
};
async function held(): Promise<readonly Digest[]> {
  const found = [];
  for await (const { digest } of layout.list()) found.push(digest);
  return found;
}
const digestsOf = (targets: readonly Descriptor[]): readonly Digest[] => targets.map(({ digest }) => digest);
const sweep = async () => layout.sweep({ digests: await held(), before: Date.now() - HOUR });

it("frees what nothing names, and tells how much", async () => {
  const old = await putImage("old");
  const named = await putImage("named");
  await layout.repository("app").tag(named[0]!, "v1");
  await age([...old, ...named]);
  expect(await sweep()).toEqual(new Map(old.map(({ digest, size }) => [digest, size])));
  expect((await held()).toSorted()).toEqual(digestsOf(named).toSorted());
});

it("leaves what was put lately, and old content that it points at", async () => {
  const fresh = await putImage("fresh");
  await age(fresh.slice(1));
  expect(await sweep()).toEqual(new Map());
});

it("leaves what somebody was told is there", async () => {
  const [index, image, config, layer] = (await putImage("reused")) as [
    Descriptor,
    Descriptor,
    Descriptor,
    Descriptor,
  ];
  await age([index, image, config, layer]);
  expect(await layout.has(layer)).toBe(true);
  expect(await layout.sizeOf(config.digest)).toBe(config.size);
  expect([...(await sweep()).keys()].toSorted()).toEqual(digestsOf([index, image]).toSorted());
});

it("leaves what another repository or a tool without repositories names", async () => {
  const shared = await putImage("shared");
  await layout.repository("other").tag(shared[0]!, "v1");
  await age(shared);
  expect(await sweep()).toEqual(new Map());
});

it("deletes nothing beyond what may go", async () => {
  const old = await putImage("old");
  await age(old);
  const [, , , layer] = old;
  expect(await layout.sweep({ digests: [layer!.digest], before: Date.now() - HOUR })).toEqual(
    new Map([[layer!.digest, layer!.size]]),
  );
  expect(await held()).toHaveLength(3);
});

it("deletes nothing where a document that is named cannot be read", async () => {
  const old = await putImage("old");
  const broken = await put(MediaType.octets, "no manifest");
  await layout.repository("app").tag({ ...broken, mediaType: MediaType.index }, "broken");
  await age([...old, broken]);
  await expect(sweep()).rejects.toMatchObject({ code: "invalid-manifest" });
  expect(await held()).toHaveLength(5);
});

it("forgets a digest with all its tags, or, where it has others by now, none", async () => {
  const repository = layout.repository("app");
  const [one] = await putImage("one");
  const [two] = await putImage("two");
  await repository.tag(one!, "a");
  await repository.tag(one!, "b");
  await repository.tag(two!, "c");
  await layout.repository("other").tag(one!, "a");
  const wanted = new Map([
    [one!.digest, ["b", "a"]],
    [two!.digest, ["c", "gone"]],
  ]);
  expect(await layout.forget("app", wanted)).toEqual(new Set([one!.digest]));
  expect(await repository.tags()).toEqual(["c"]);
  expect(await layout.repository("other").tags()).toEqual(["a"]);
});

it("takes nothing from a publisher that runs beside it", async () => {
  const before = await putImage("base");
  const publish = async (round: number): Promise<void> => {
    await age(before);
    const [index, image, config, layer] = before;
    // As `copyGraph` does: what is said to be there is not sent.
    for (const part of [layer, config, image, index]) {
      if (!(await layout.has(part!))) await putImage("base");
    }
    await layout.repository("app").tag(index!, `v${round}`);
    for (const part of before) expect(await layout.has(part)).toBe(true);
    await layout.repository("app").untag(`v${round}`);
  };
  const rounds = Array.from({ length: 30 }, (_, round) => round);
  const publisher = (async () => {
    for (const round of rounds) await publish(round);
  })();
  const sweeper = (async () => {
    for (const _ of rounds) await sweep();
  })();
  await Promise.all([publisher, sweeper]);
});

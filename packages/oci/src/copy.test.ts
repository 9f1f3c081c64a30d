import { describe, expect, it } from "vitest";
import { copyGraph, digestOf, MediaType, memoryStore, verified } from "./index.ts";
import type { Bytes, Descriptor, Repository } from "./index.ts";

async function putContent(
  store: Repository,
  content: string,
  mediaType: string = MediaType.octets,
): Promise<Descriptor> {
  const target = { mediaType, digest: digestOf(content), size: Buffer.byteLength(content) };
  await store.put(target, [Buffer.from(content)]);
  return target;
}

async function putManifest(store: Repository, fields: object): Promise<Descriptor> {
  const config = await putContent(store, "{}", MediaType.empty);
  const manifest = { schemaVersion: 2, mediaType: MediaType.manifest, config, layers: [], ...fields };
  return await putContent(store, JSON.stringify(manifest), MediaType.manifest);
}

/** Two platforms that share a layer. */
async function image(store: Repository): Promise<Descriptor> {
  const shared = await putContent(store, "shared layer", MediaType.layer);
  const manifests: Descriptor[] = [];
  for (const architecture of ["amd64", "arm64"]) {
    const own = await putContent(store, `${architecture} layer`, MediaType.layer);
    const config = await putContent(store, `{"architecture":"${architecture}"}`, MediaType.config);
    const manifest = await putManifest(store, { config, layers: [shared, own] });
    manifests.push({ ...manifest, platform: { os: "linux", architecture } });
  }
  const index = { schemaVersion: 2, mediaType: MediaType.index, manifests };
  return await putContent(store, JSON.stringify(index), MediaType.index);
}

/** Records what is put, in order of completion. */
function recording(store: Repository): { store: Repository; order: string[] } {
  const order: string[] = [];
  const put = async (target: Descriptor, content: Bytes, signal?: AbortSignal): Promise<void> => {
    await store.put(target, content, signal);
    order.push(target.digest);
  };
  return { store: Object.assign(Object.create(store) as Repository, bound(store), { put }), order };
}

function bound(store: Repository): Partial<Repository> {
  return { has: (...args) => store.has(...args), open: (...args) => store.open(...args) };
}

describe("copyGraph", () => {
  it("copies everything once, parts before what points at them", async () => {
    const [from, to] = [memoryStore(), memoryStore()];
    const root = await image(from);
    const { store, order } = recording(to);
    const seen: boolean[] = [];
    const stats = await copyGraph(root, from, store, { onBlob: (_target, sent) => seen.push(sent) });
    expect(stats).toMatchObject({ sent: 8, skipped: 0 });
    expect(seen).toEqual(Array.from({ length: 8 }, () => true));
    expect(order).toHaveLength(8);
    expect(order.at(-1)).toBe(root.digest);
    let bytes = 0;
    for await (const { size } of to.list()) bytes += size;
    expect(stats.bytesSent).toBe(bytes);
  });

  it("sends nothing the second time", async () => {
    const [from, to] = [memoryStore(), memoryStore()];
    const root = await image(from);
    await copyGraph(root, from, to);
    const { store, order } = recording(to);
    expect(await copyGraph(root, from, store)).toEqual({ sent: 0, bytesSent: 0, skipped: 8 });
    expect(order).toEqual([]);
  });

  it("continues where a copy was interrupted", async () => {
    const [from, to] = [memoryStore(), memoryStore()];
    const root = await image(from);
    await putContent(to, "shared layer", MediaType.layer);
    expect(await copyGraph(root, from, to)).toMatchObject({ sent: 7, skipped: 1 });
  });

  it("makes a referrer of a manifest whose bytes were there already", async () => {
    const [from, to] = [memoryStore(), memoryStore()];
    const subject = await image(from);
    const signature = await putManifest(from, { artifactType: "text/x", subject });
    const { store, order } = recording(to);
    await copyGraph(signature, from, store);
    await copyGraph(signature, from, store);
    expect(order.filter((digest) => digest === signature.digest)).toHaveLength(2);
    expect(await to.referrers(subject.digest)).toHaveLength(1);
    expect(await to.has(subject)).toBe(false);
  });

  it("fails where a part is missing, and leaves no manifest behind", async () => {
    const [from, to] = [memoryStore(), memoryStore()];
    const root = await image(from);
    const lost = { mediaType: MediaType.layer, digest: digestOf("arm64 layer"), size: 11 };
    await from.delete(lost);
    await expect(copyGraph(root, from, to)).rejects.toMatchObject({ code: "not-found" });
    expect(await to.has(root)).toBe(false);
  });

  it("stops when the signal fires", async () => {
    const [from, to] = [memoryStore(), memoryStore()];
    const root = await image(from);
    const controller = new AbortController();
    const copying = copyGraph(root, from, to, {
      signal: controller.signal,
      concurrency: 1,
      onBlob: () => controller.abort(),
    });
    await expect(copying).rejects.toMatchObject({ code: "aborted" });
    expect(await to.has(root)).toBe(false);
  });

  it("stops the other transfers when one fails", async () => {
    const [from, to] = [memoryStore(), memoryStore()];
    const good = await putContent(from, "good", MediaType.layer);
    const bad = await putContent(from, "bad!", MediaType.layer);
    const root = await putManifest(from, { layers: [good, bad] });
    let stopped = false;
    const failing = Object.assign(Object.create(from) as Repository, bound(from), {
      open: async (target: Descriptor, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>> => {
        if (target.digest === bad.digest) return verified([Buffer.from("BAD!")], target);
        if (target.digest !== good.digest) return await from.open(target, signal);
        return (async function* endless() {
          await new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve()));
          stopped = true;
          yield Buffer.from("good");
        })();
      },
    });
    await expect(copyGraph(root, failing, to)).rejects.toMatchObject({ code: "digest-mismatch" });
    expect(stopped).toBe(true);
  });

  it("refuses indexes nested without end", async () => {
    const from = memoryStore();
    let root = await image(from);
    for (let depth = 0; depth < 9; depth++) {
      root = await putContent(from, JSON.stringify({ schemaVersion: 2, manifests: [root] }), MediaType.index);
    }
    await expect(copyGraph(root, from, memoryStore())).rejects.toMatchObject({ code: "invalid-manifest" });
  });
});

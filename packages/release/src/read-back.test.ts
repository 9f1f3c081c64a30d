import { randomBytes } from "node:crypto";
import {
  type Descriptor,
  MediaType,
  type Repository,
  copyGraph,
  memoryStore,
  readManifest,
} from "@seaworthy/oci";
import { remoteRepository } from "@seaworthy/oci/remote";
import { attachStatement, statementAbout } from "@seaworthy/evidence";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TestClock } from "../../oci/src/remote/testing-server.ts";
import { lagging, says } from "../../registry/test/faults.ts";
import { type FaultyRegistry, type Trouble, faultyRegistry } from "../../registry/test/faulty-registry.ts";
import { putBytes } from "../../registry/test/graph.ts";
import { putImage, putIndex } from "../test/stored-image.ts";
import { type ReadBackOptions, readBack } from "./read-back.ts";

const { signal } = new AbortController();
let registry: FaultyRegistry;
let from: Repository;
let to: Repository;
let shared: Descriptor;
let own: Descriptor;
let arm64: Descriptor;
let index: Descriptor;
let evidence: Descriptor;

/** Two platforms on the same layer, and one with a layer of its own; a statement about them. */
beforeEach(async () => {
  registry = await faultyRegistry();
  from = memoryStore();
  to = remoteRepository({ registry: registry.host, repository: "acme/app" }, { clock: new TestClock() });
  shared = await putBytes(from, MediaType.layerGzip, randomBytes(300_000));
  own = await putBytes(from, MediaType.layerGzip, randomBytes(200_000));
  const layer = (descriptor: Descriptor) => ({ descriptor, diffId: descriptor.digest });
  const amd64 = await putImage(from, { layer: layer(shared) });
  arm64 = await putImage(from, { architecture: "arm64", layer: layer(shared) });
  const s390x = await putImage(from, { architecture: "s390x", layer: layer(own) });
  index = await putIndex(from, [amd64, arm64, s390x]);
  const predicateType = "https://example.org/checked/v1";
  evidence = await attachStatement(
    from,
    index,
    statementAbout(index, { name: "x", predicateType, predicate: {} }),
  );
  await copyGraph(index, from, to);
  await copyGraph(evidence, from, to);
  registry.lines.length = 0;
});
afterEach(() => registry[Symbol.asyncDispose]());

function look(sent: readonly Descriptor[], more: Partial<ReadBackOptions> = {}): Promise<void> {
  const digests = new Set(sent.map(({ digest }) => digest));
  return readBack(index, {
    from,
    to,
    evidence: [{ subject: index, manifest: evidence }],
    sent: digests,
    signal,
    ...more,
  });
}

const asked = (method: string, { digest }: Descriptor): number =>
  registry.lines.filter((line) => new RegExp(`^${method} .*/(?:blobs|manifests)/${digest}$`).test(line))
    .length;

/** Answers in the registry's place whatever is asked about this. */
function replace({ digest }: Descriptor, trouble: Trouble): void {
  registry.use(({ path }) => (path.endsWith(digest) ? trouble : undefined));
}

describe("readBack", () => {
  it("reads what was sent whole, once, and asks whether the other layers are there", async () => {
    await look([index, shared]);
    expect(asked("GET", shared)).toBe(1);
    expect([asked("HEAD", own), asked("GET", own)]).toEqual([1, 0]);
    expect(asked("GET", index)).toBe(1);
    expect(asked("GET", evidence)).toBe(1);
    const { config } = await readManifest(from, arm64);
    expect(asked("GET", config)).toBe(1);
  });

  it("reads nothing where nothing was sent, and still looks at everything", async () => {
    await look([]);
    expect(registry.lines.filter((line) => !line.startsWith("HEAD "))).toEqual([]);
    for (const target of [index, arm64, shared, own, evidence]) expect(asked("HEAD", target)).toBe(1);
  });

  it("tells how far it is", async () => {
    const told: (readonly [number, number])[] = [];
    await look([shared, own], { onRead: (done, total) => told.push([done, total]) });
    const [done, total] = told.at(-1)!;
    expect(done).toBe(total);
    expect(total).toBeGreaterThan(500_000);
    expect(told.map(([so]) => so)).toEqual(told.map(([so]) => so).toSorted((a, b) => a - b));
  });

  it("waits for what the registry does not show yet", async () => {
    registry.use(lagging(2));
    const late = await putIndex(from, [arm64]);
    await copyGraph(late, from, to);
    await readBack(late, { from, to, evidence: [], sent: new Set([late.digest]), signal });
    expect(asked("GET", late)).toBe(3);
  });

  it.each<[string, () => Descriptor, Trouble, RegExp]>([
    [
      "a layer of other bytes",
      () => own,
      { answer: 200, body: randomBytes(200_000) },
      /layer of linux\/s390x sha256:.*: expected/,
    ],
    [
      "half a layer",
      () => own,
      { answer: 200, headers: { "content-length": "1000" }, body: randomBytes(1000) },
      /layer of linux\/s390x sha256:.*200000/,
    ],
    ["no layer", () => own, says(404, "BLOB_UNKNOWN"), /layer of linux\/s390x sha256:.*404 BLOB_UNKNOWN/],
    ["no manifest", () => arm64, says(404, "MANIFEST_UNKNOWN"), /manifest of linux\/arm64 sha256:.*not/],
    [
      "another index",
      () => index,
      { answer: 200, headers: { "content-type": MediaType.index }, body: "{}" },
      /index sha256:.*expected/,
    ],
    ["no evidence", () => evidence, says(404, "MANIFEST_UNKNOWN"), /evidence sha256:/],
  ])("names what it found where there is %s", async (_, target, trouble, message) => {
    replace(target(), trouble);
    await expect(look([index, own])).rejects.toMatchObject({
      code: "publish-failed",
      retryable: true,
      message: expect.stringMatching(message) as string,
      hint: expect.stringContaining("no tag was moved") as string,
    });
  });

  it.each<[string, Trouble]>([
    ["is gone", says(404, "BLOB_UNKNOWN")],
    ["has another size", { answer: 200, headers: { "content-length": "7" }, body: "x".repeat(7) }],
  ])("names a layer that was there before and %s", async (_, trouble) => {
    replace(own, trouble);
    await expect(look([])).rejects.toThrow(/^read back layer of linux\/s390x sha256:/);
  });

  it("names evidence that nobody would find", async () => {
    registry.use(({ path }) =>
      /\/referrers\/|\/sha256-/.test(path) ? says(404, "MANIFEST_UNKNOWN") : undefined,
    );
    await expect(look([index])).rejects.toThrow(
      `read back evidence: expected ${evidence.digest} among what refers to ${index.digest}, found 0 others`,
    );
  });

  it("passes on what is no fault of the content", async () => {
    replace(own, says(403, "DENIED"));
    await expect(look([own])).rejects.toMatchObject({ code: "unauthorized" });
  });

  it("reads at most four at once, and none after a fault", async () => {
    const layers = await Promise.all(
      Array.from({ length: 12 }, () => putBytes(from, MediaType.layerGzip, randomBytes(100))),
    );
    const images = await Promise.all(
      layers.map((descriptor) => putImage(from, { layer: { descriptor, diffId: descriptor.digest } })),
    );
    const many = await putIndex(from, images);
    const store = memoryStore();
    await copyGraph(many, from, store);
    let [now, most, begun] = [0, 0, 0];
    const counted = new Proxy(store, {
      get: (held, name) => {
        if (name !== "open") return Reflect.get(held, name).bind(held) as unknown;
        return async function* (target: Descriptor) {
          begun += 1;
          most = Math.max(most, ++now);
          yield* await held.open(target);
          now -= 1;
        };
      },
    });
    const options = {
      from,
      to: counted,
      evidence: [],
      sent: new Set(layers.map(({ digest }) => digest)),
      signal,
    };
    await readBack(many, options);
    expect(most).toBe(4);
    const whole = begun;
    await store.delete(layers[0]!);
    begun = 0;
    await expect(readBack(many, options)).rejects.toThrow("read back layer of");
    expect(begun).toBeLessThan(whole);
  });
});

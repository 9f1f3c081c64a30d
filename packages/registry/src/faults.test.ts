import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import {
  type Descriptor,
  type Repository,
  Secret,
  copyGraph,
  memoryStore,
  readIndex,
  referrersIndex,
} from "@seaworthy/oci";
import { type RemoteOptions, fixedCredential, remoteRepository } from "@seaworthy/oci/remote";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TestClock } from "../../oci/src/remote/testing-server.ts";
import {
  IMMUTABLE,
  type NoReferrers,
  first,
  immutableTags,
  lagging,
  says,
  wantsTokens,
  withoutReferrers,
} from "../test/faults.ts";
import { type Asked, type FaultyRegistry, faultyRegistry } from "../test/faulty-registry.ts";
import { imageOf, putReferrer } from "../test/graph.ts";

const MB = 1024 * 1024;
let registry: FaultyRegistry;
let clock: TestClock;
beforeEach(async () => {
  registry = await faultyRegistry();
  clock = new TestClock();
});
afterEach(() => registry[Symbol.asyncDispose]());

function open(options: RemoteOptions = {}): Repository {
  return remoteRepository({ registry: registry.host, repository: "acme/app" }, { clock, ...options });
}

const uploads = ({ method, path }: Asked): boolean => method === "PUT" && path.includes("/blobs/uploads/");
const count = (line: RegExp): number => registry.lines.filter((one) => line.test(one)).length;

/** Everything that the digest leads to, read from what the registry holds. */
async function isWhole(index: Descriptor): Promise<boolean> {
  await copyGraph(index, registry.behind.repository("acme/app"), memoryStore());
  return true;
}

describe("a push to a registry", () => {
  it.each([
    ["loses the connection in the middle of a layer", { cutAfter: 3 * MB }],
    ["answers 502 to a layer", says(502, "UNKNOWN")],
    ["answers 503 to a layer and asks to wait", says(503, "UNAVAILABLE", "", { "retry-after": "7" })],
    ["has forgotten the upload", says(404, "BLOB_UPLOAD_UNKNOWN")],
    ["takes a layer and loses the answer", { loseAnswer: true } as const],
  ])("that %s is finished, with one layer sent twice at most", async (_, trouble) => {
    const { store, index } = await imageOf(5 * MB, 2 * MB);
    registry.use(first(1, uploads, trouble));
    await copyGraph(index, store, open(), { concurrency: 1 });
    expect(await isWhole(index)).toBe(true);
    // Config and two layers, and one of them a second time.
    expect(count(/^POST .*\/blobs\/uploads\/$/)).toBeLessThanOrEqual(4);
    expect(registry.received()).toBeLessThan(13 * MB);
  });

  it("that asks to wait in the middle of a push is given the time", async () => {
    const { store, index } = await imageOf(100);
    registry.use(first(1, uploads, says(429, "TOOMANYREQUESTS", "", { "retry-after": "7" })));
    await copyGraph(index, store, open());
    expect(clock.slept).toEqual([7250]);
  });

  it("that was broken off is continued without what it holds already", async () => {
    const { store, index } = await imageOf(3 * MB, 3 * MB);
    const heal = registry.use((asked) =>
      uploads(asked) && registry.received() > 2 * MB ? says(400, "X") : undefined,
    );
    await expect(copyGraph(index, store, open(), { concurrency: 1 })).rejects.toThrow("400 X");
    heal();
    const before = registry.received();
    await copyGraph(index, store, open());
    expect(registry.received() - before).toBeLessThan(4 * MB);
    expect(await isWhole(index)).toBe(true);
  });

  it("that has everything is sent no byte", async () => {
    const { store, index } = await imageOf(MB);
    await copyGraph(index, store, open());
    const before = registry.received();
    expect(await copyGraph(index, store, open())).toMatchObject({ sent: 0, bytesSent: 0 });
    expect(registry.received()).toBe(before);
  });

  it("that holds a layer of another size is sent the layer", async () => {
    const { store, index, layers } = await imageOf(2000);
    registry.use(
      first(1, ({ method, path }) => method === "HEAD" && path.endsWith(layers[0]!.digest), {
        answer: 200,
        headers: { "content-length": "5" },
      }),
    );
    await copyGraph(index, store, open());
    expect(await isWhole(index)).toBe(true);
  });
});

describe("a registry that is late", () => {
  it("is asked again for what was just put", async () => {
    registry.use(lagging(3));
    const { store, index } = await imageOf(100);
    const remote = open();
    await copyGraph(index, store, remote);
    await remote.tag(index, "v1");
    expect(await remote.resolve("v1")).toMatchObject({ digest: index.digest });
    expect(await copyGraph(index, remote, memoryStore())).toMatchObject({ sent: 4 });
    expect(clock.slept).toEqual([250, 500, 1000, 250, 500, 1000, 250, 500, 1000]);
  });

  it("is not waited for without end", async () => {
    registry.use(lagging(100));
    const { store, index } = await imageOf(100);
    const remote = open();
    await copyGraph(index, store, remote);
    await expect(remote.open(index)).rejects.toMatchObject({ code: "not-found" });
    expect(clock.slept).toEqual([250, 500, 1000, 2000]);
  });

  it("is not waited for where nothing was put", async () => {
    await expect(open().resolve("v1")).resolves.toBeUndefined();
    expect(clock.slept).toEqual([]);
  });

  it.each(["MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN", "MANIFEST_UNKNOWN"])(
    "is put a manifest again whose parts it does not know yet (%s)",
    async (code) => {
      registry.use(
        first(2, ({ method, path }) => method === "PUT" && path.includes("/manifests/"), says(404, code)),
      );
      const { store, index } = await imageOf(100);
      await copyGraph(index, store, open());
      expect(await isWhole(index)).toBe(true);
    },
  );

  it("is put a manifest once whose parts were not put here", async () => {
    registry.use(
      first(
        9,
        ({ method, path }) => method === "PUT" && path.includes("/manifests/"),
        says(404, "BLOB_UNKNOWN"),
      ),
    );
    const { store, index } = await imageOf(100);
    const [manifest] = (await readIndex(store, index)).manifests;
    await expect(open().put(manifest!, await store.open(manifest!))).rejects.toMatchObject({
      code: "not-found",
    });
    expect(clock.slept).toEqual([]);
  });

  it("is asked again for a tag that still points where it did", async () => {
    const remote = open();
    const [old, next] = [await imageOf(10), await imageOf(20)];
    for (const { store, index } of [old, next]) await copyGraph(index, store, remote);
    await remote.tag(old.index, "latest");
    const stale = { "content-type": old.index.mediaType, "docker-content-digest": old.index.digest };
    await remote.resolve("latest");
    await remote.tag(next.index, "latest");
    registry.use(
      first(2, ({ method, path }) => method === "HEAD" && path.endsWith("/latest"), {
        answer: 200,
        headers: { ...stale, "content-length": String(old.index.size) },
      }),
    );
    expect(await remote.resolve("latest")).toMatchObject({ digest: next.index.digest });
  });
});

describe.each<NoReferrers>(["answers 404", "answers with an empty list", "says it lists and lists nothing"])(
  "a registry whose referrers API %s",
  (kind) => {
    beforeEach(() => void registry.use(withoutReferrers(kind)));

    it("is given the tag, and read by it", async () => {
      const { store, index } = await imageOf(10);
      await copyGraph(index, store, open());
      const about = await putReferrer(open(), index, "sbom");
      expect(await open().referrers(index.digest)).toMatchObject([
        { digest: about.digest, artifactType: "application/example", annotations: { name: "sbom" } },
      ]);
    });
  },
);

describe("the tag that lists referrers", () => {
  it("is read also where the referrers API lists something", async () => {
    const heal = registry.use(withoutReferrers("answers 404"));
    const { store, index } = await imageOf(10);
    await copyGraph(index, store, open());
    const old = await putReferrer(open(), index, "from before the registry had the API");
    heal();
    const next = await putReferrer(open(), index, "next");
    const body = referrersIndex([{ ...next, artifactType: "application/example" }]);
    registry.use(({ path }) => (path.includes("/referrers/") ? { answer: 200, body } : undefined));
    const found = await open().referrers(index.digest);
    expect(found.map(({ digest }) => digest).sort()).toEqual([old.digest, next.digest].sort());
  });

  it("loses no entry of two processes that write it at the same time", async () => {
    // Long enough that each reads before the other has written.
    registry.use(({ method, path }) =>
      method === "PUT" && path.includes("/sha256-") ? { late: 100 } : undefined,
    );
    registry.use(withoutReferrers("answers with an empty list"));
    const { store, index } = await imageOf(10);
    await copyGraph(index, store, open());
    const program = fileURLToPath(new URL("../test/refer.ts", import.meta.url));
    const processes = ["a", "b"].map((name) =>
      spawn(process.execPath, [program, registry.host, JSON.stringify(index), name, "3"], {
        stdio: "inherit",
      }),
    );
    const ends = await Promise.all(processes.map((child) => once(child, "exit")));
    expect(ends).toEqual([
      [0, null],
      [0, null],
    ]);
    const names = (await open().referrers(index.digest)).map(({ annotations }) => annotations?.["name"]);
    expect(names.map(String).sort()).toEqual(
      ["a", "b"].flatMap((name) => [0, 1, 2].map((at) => `${name} ${at}`)),
    );
  }, 60_000);
});

const PASSWORD = "correct horse battery";
const credentials = fixedCredential({ kind: "basic", username: "ada", password: new Secret(PASSWORD) });

describe("a token", () => {
  it("that ends in the middle of a push is replaced, and the push goes on", async () => {
    const tokens = wantsTokens(() => registry.host, { uses: 3 });
    registry.use(tokens);
    const { store, index } = await imageOf(MB, MB);
    await copyGraph(index, store, open({ credentials }), { concurrency: 1 });
    expect(await isWhole(index)).toBe(true);
    expect(tokens.issued()).toBeGreaterThan(3);
  });

  it("that is refused as soon as it is issued ends the push with what to do", async () => {
    registry.use(wantsTokens(() => registry.host, { uses: 0 }));
    const { store, index } = await imageOf(10);
    await expect(copyGraph(index, store, open({ credentials }))).rejects.toMatchObject({
      code: "unauthorized",
      retryable: false,
      message: expect.stringMatching(/^HEAD .*: 401$/) as string,
      hint: `the credentials for ${registry.host} are wrong or have expired: run "seaworthy login ${registry.host}" with new ones`,
    });
  });

  it("that is not given for a push says who has to be given the right", async () => {
    registry.use(
      wantsTokens(() => registry.host, {
        uses: 9,
        allows: ({ query }) => query.get("scope") === "repository:acme/app:pull",
      }),
    );
    const { store, index } = await imageOf(10);
    await expect(copyGraph(index, store, open({ credentials }))).rejects.toMatchObject({
      code: "unauthorized",
      message: `GET ${registry.host}/token: 403 DENIED requested access to the resource is denied`,
      hint: `give the user who is logged in at ${registry.host} the right to push to this repository`,
    });
  });
});

describe("a tag that the registry keeps immutable", () => {
  const kinds = Object.keys(IMMUTABLE) as (keyof typeof IMMUTABLE)[];

  it.each(kinds)("is an error of its own, as %s words it", async (kind) => {
    registry.use(immutableTags(kind));
    const remote = open();
    const [old, next] = [await imageOf(10), await imageOf(20)];
    for (const { store, index } of [old, next]) await copyGraph(index, store, remote);
    await remote.tag(old.index, "v1");
    await expect(remote.tag(next.index, "v1")).rejects.toMatchObject({
      code: "tag-immutable",
      retryable: false,
      message: expect.stringContaining(`PUT ${registry.host}/v2/acme/app/manifests/v1: 4`) as string,
      hint: expect.stringContaining("release under a new version") as string,
    });
    expect(await remote.resolve("v1")).toMatchObject({ digest: old.index.digest });
  });

  it("is set where only the answer to setting it was lost", async () => {
    registry.use(immutableTags("ECR"));
    registry.use(first(1, ({ path }) => path.endsWith("/manifests/v1"), { loseAnswer: true }));
    const { store, index } = await imageOf(10);
    const remote = open();
    await copyGraph(index, store, remote);
    await remote.tag(index, "v1");
    expect(await remote.resolve("v1")).toMatchObject({ digest: index.digest });
  });

  it("that lists referrers says which tags have to be excepted", async () => {
    registry.use(immutableTags("Harbor"));
    registry.use(withoutReferrers("answers 404"));
    const { store, index } = await imageOf(10);
    await copyGraph(index, store, open());
    await expect(
      (async () => {
        for (const name of ["one", "two"]) await putReferrer(open(), index, name);
      })(),
    ).rejects.toMatchObject({
      code: "tag-immutable",
      hint: expect.stringContaining("except sha256-*") as string,
    });
  });
});

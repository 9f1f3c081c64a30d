import { type Descriptor, MediaType, type Repository, digestOf, memoryStore } from "@seaworthy/oci";
import { beforeEach, describe, expect, it } from "vitest";
import { attachStatement, eachStatement, findStatements } from "./attach.ts";
import { type Statement, statementAbout } from "./statement.ts";

const TYPE = "https://example.org/checked/v1";
const IN_TOTO = "application/vnd.in-toto+json";

async function put(repository: Repository, mediaType: string, value: unknown): Promise<Descriptor> {
  const bytes = Buffer.from(typeof value === "string" ? value : JSON.stringify(value));
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  await repository.put(descriptor, [bytes]);
  return descriptor;
}

async function listed(repository: Repository): Promise<readonly string[]> {
  const digests: string[] = [];
  for await (const { digest } of repository.list()) digests.push(digest);
  return digests.toSorted();
}

let repository: Repository;
let subject: Descriptor;
beforeEach(async () => {
  repository = memoryStore();
  subject = await put(repository, MediaType.index, {
    schemaVersion: 2,
    mediaType: MediaType.index,
    manifests: [],
  });
});

const about = (target: Descriptor, predicate: unknown): Statement =>
  statementAbout(target, { name: "example.org/app", predicateType: TYPE, predicate });

/** What somebody else may push: a referrer that is labelled as ours, with any layer. */
async function foreign(layer: Descriptor, label = TYPE): Promise<void> {
  await put(repository, MediaType.manifest, {
    schemaVersion: 2,
    mediaType: MediaType.manifest,
    artifactType: IN_TOTO,
    config: await put(repository, MediaType.empty, "{}"),
    layers: [layer],
    subject,
    annotations: { "in-toto.io/predicate-type": label },
  });
}

describe("attachStatement", () => {
  it("files a statement under the digest it speaks of, where findStatements finds it", async () => {
    const manifest = await attachStatement(repository, subject, about(subject, { ok: true }));
    const [found, ...others] = await findStatements(repository, subject, { predicateType: TYPE });
    expect(others).toEqual([]);
    expect(found?.statement).toEqual({
      _type: "https://in-toto.io/Statement/v1",
      subject: [{ name: "example.org/app", digest: { sha256: subject.digest.slice("sha256:".length) } }],
      predicateType: TYPE,
      predicate: { ok: true },
    });
    expect(found?.manifest.digest).toBe(manifest.digest);
    expect(found?.manifest.artifactType).toBe(IN_TOTO);
  });

  it("stores nothing when the same is attached again", async () => {
    await attachStatement(repository, subject, about(subject, 1), { key: "a" });
    const before = await listed(repository);
    await attachStatement(repository, subject, about(subject, 1), { key: "a" });
    expect(await listed(repository)).toEqual(before);
    expect(await findStatements(repository, subject, { predicateType: TYPE })).toHaveLength(1);
  });
});

describe("findStatements", () => {
  it("tells kinds and keys apart", async () => {
    await attachStatement(repository, subject, about(subject, 1), { key: "a" });
    await attachStatement(repository, subject, about(subject, 2), { key: "b" });
    const predicates = async (options: { predicateType: string; key?: string }) =>
      (await findStatements(repository, subject, options))
        .map(({ statement }) => statement.predicate)
        .toSorted((a, b) => Number(a) - Number(b));
    expect(await predicates({ predicateType: TYPE })).toEqual([1, 2]);
    expect(await predicates({ predicateType: TYPE, key: "b" })).toEqual([2]);
    expect(await predicates({ predicateType: TYPE, key: "c" })).toEqual([]);
    expect(await predicates({ predicateType: "https://example.org/other" })).toEqual([]);
  });

  it("passes over referrers of other kinds without reading them", async () => {
    await put(repository, MediaType.manifest, {
      schemaVersion: 2,
      mediaType: MediaType.manifest,
      artifactType: "application/vnd.example.sbom",
      config: await put(repository, MediaType.empty, "{}"),
      layers: [{ mediaType: "text/plain", digest: digestOf("not stored"), size: 10 }],
      subject,
    });
    expect(await findStatements(repository, subject, { predicateType: TYPE })).toEqual([]);
  });

  const other = { mediaType: MediaType.index, digest: digestOf("another image"), size: 13 };
  const envelope = { ...statementAbout(other, { name: "x", predicateType: TYPE, predicate: {} }) };

  it.each<[string, unknown, string, RegExp]>([
    ["no JSON", "{", "invalid-statement", /is not JSON/],
    ["JSON null", null, "invalid-statement", /no in-toto statement/],
    [
      "another version",
      { ...envelope, _type: "https://in-toto.io/Statement/v0.1" },
      "invalid-statement",
      /v1/,
    ],
    ["a subject without digest", { ...envelope, subject: [{}] }, "invalid-statement", /no in-toto statement/],
    ["a subject that is null", { ...envelope, subject: [null] }, "invalid-statement", /no in-toto statement/],
    [
      "another kind than its label",
      { ...envelope, predicateType: "other" },
      "invalid-statement",
      /its label says/,
    ],
    ["a statement about another digest", envelope, "wrong-subject", /is filed under/],
    ["a statement about nothing", { ...envelope, subject: [] }, "wrong-subject", /is filed under/],
  ])("does not accept %s", async (_, content, code, message) => {
    await foreign(await put(repository, IN_TOTO, content));
    const search = findStatements(repository, subject, { predicateType: TYPE });
    await expect(search).rejects.toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it("passes over broken evidence beside good where the caller is told", async () => {
    await foreign(await put(repository, IN_TOTO, envelope));
    await foreign(await put(repository, "text/plain", "hello"));
    await foreign({ mediaType: IN_TOTO, digest: digestOf("gone"), size: 4 });
    await foreign({ mediaType: IN_TOTO, digest: digestOf("gone"), size: 17 << 20 });
    await attachStatement(repository, subject, about(subject, "good"));
    const problems: string[] = [];
    const found = await findStatements(repository, subject, {
      predicateType: TYPE,
      onProblem: ({ code }) => problems.push(code),
    });
    expect(found.map(({ statement }) => statement.predicate)).toEqual(["good"]);
    expect(problems.toSorted()).toEqual(["invalid-statement", "not-found", "not-found", "wrong-subject"]);
  });

  it("does not take a broken network for missing evidence", async () => {
    await attachStatement(repository, subject, about(subject, 1));
    const cut: Repository = Object.assign(Object.create(repository) as Repository, {
      referrers: repository.referrers.bind(repository),
      open: () => Promise.reject(new Error("connection reset")),
    });
    const search = findStatements(cut, subject, { predicateType: TYPE, onProblem: () => undefined });
    await expect(search).rejects.toThrow("connection reset");
  });

  it("reads no more than was asked for, and says that there is more", async () => {
    for (let number = 0; number < 4; number += 1) {
      await attachStatement(repository, subject, about(subject, number));
    }
    const problems: string[] = [];
    const onProblem = ({ message }: { message: string }): void => void problems.push(message);
    const found = await findStatements(repository, subject, { predicateType: TYPE, most: 3, onProblem });
    expect(found).toHaveLength(3);
    expect(problems).toEqual([expect.stringContaining("read 3 of 4")]);
  });

  it("takes what is larger than allowed for broken", async () => {
    await attachStatement(repository, subject, about(subject, "x".repeat(2_000)));
    await attachStatement(repository, subject, about(subject, "small"));
    const codes: string[] = [];
    const onProblem = ({ code }: { code: string }): void => void codes.push(code);
    const options = { predicateType: TYPE, largest: 1_000, onProblem };
    const found = await findStatements(repository, subject, options);
    expect(found.map(({ statement }) => statement.predicate)).toEqual(["small"]);
    expect(codes).toEqual(["too-large"]);
  });

  it("reads the next only when it is asked for", async () => {
    for (const text of ["a", "b"]) await attachStatement(repository, subject, about(subject, text));
    let opened = 0;
    const counting = new Proxy(repository, {
      get: (target, key) => {
        if (key === "open") opened += 1;
        return (Reflect.get(target, key) as (...args: unknown[]) => unknown).bind(target);
      },
    });
    const statements = eachStatement(counting, subject, { predicateType: TYPE });
    // A manifest and its layer.
    await statements.next();
    expect(opened).toBe(2);
    await statements.next();
    expect(opened).toBe(4);
  });
});

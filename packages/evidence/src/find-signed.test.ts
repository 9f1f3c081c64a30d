import { type Descriptor, type Repository, memoryStore, readManifest } from "@seaworthy/oci";
import { beforeEach, describe, expect, it } from "vitest";
import { type StoredIndex, put, putIndex, readJson } from "../test/stored.ts";
import { attachStatement } from "./attach.ts";
import { findStatements } from "./find.ts";
import { generateKey, keyPair } from "./signing/key-pair.ts";
import { keySigner } from "./signing/key-signer.ts";
import type { Signer } from "./signing/signer.ts";
import { statementAbout } from "./statement.ts";

const BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json";
const NAME = "registry.example/acme/app";

let repository: Repository;
let stored: StoredIndex;
let signer: Signer;
beforeEach(async () => {
  repository = memoryStore();
  stored = await putIndex(repository);
  signer = keySigner(keyPair(await generateKey()));
});

describe("signed statements", () => {
  const TYPE = "https://example.org/checked/v1";
  const about = (subject: Descriptor, predicate: unknown = { ok: true }, name = NAME) =>
    statementAbout(subject, { name, predicateType: TYPE, predicate });

  it("are found by key as unsigned ones are, and without a verifier beside them", async () => {
    const { index } = stored;
    await attachStatement(repository, index, about(index, 1), { key: "a", signer });
    await attachStatement(repository, index, about(index, 2), { key: "a" });
    await attachStatement(repository, index, about(index, 3), { key: "b", signer });
    const found = await findStatements(repository, index, { predicateType: TYPE, key: "a" });
    expect(found.map(({ statement }) => statement.predicate)).toEqual([1, 2]);
  });

  it("are not signed again by the same key", async () => {
    const { index } = stored;
    const first = await attachStatement(repository, index, about(index), { signer });
    const second = await attachStatement(repository, index, about(index), { signer });
    expect(second.digest).toBe(first.digest);
    expect(await repository.referrers(index.digest)).toHaveLength(1);
  });

  async function codes(by: Signer, name = NAME): Promise<readonly string[]> {
    const problems: string[] = [];
    const onProblem = ({ code }: { code: string }): void => void problems.push(code);
    const options = { predicateType: TYPE, verifier: by.own!, name, largest: 10_000, onProblem };
    const found = await findStatements(repository, stored.index, options);
    return [...found.map(() => "found"), ...problems];
  }

  it("count where the right key made them, about this digest and this repository", async () => {
    await attachStatement(repository, stored.index, about(stored.index), { signer });
    expect(await codes(signer)).toEqual(["found"]);
    expect(await codes(keySigner(keyPair(await generateKey())))).toEqual(["invalid-signature"]);
    expect(await codes(signer, "registry.example/somebody/else")).toEqual(["wrong-subject"]);
  });

  it("do not count when they are not signed", async () => {
    await attachStatement(repository, stored.index, about(stored.index));
    expect(await codes(signer)).toEqual(["untrusted-signer"]);
  });

  it("do not count under a digest they do not speak of", async () => {
    await attachStatement(repository, stored.index, about(stored.platforms[0]!), { signer });
    expect(await codes(signer)).toEqual(["wrong-subject"]);
  });

  /** The bundle of a good statement, changed by somebody who may push. */
  async function attachChanged(change: (bundle: BundleJson) => unknown): Promise<void> {
    const elsewhere = memoryStore();
    const made = await attachStatement(elsewhere, stored.index, about(stored.index), { signer });
    const manifest = await readManifest(elsewhere, made);
    const bundle = await readJson<BundleJson>(elsewhere, manifest.layers[0]!);
    const config = await put(repository, manifest.config.mediaType, "{}");
    const layers = [await put(repository, BUNDLE, change(bundle))];
    await put(repository, manifest.mediaType!, { ...manifest, config, layers });
  }

  const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64");
  const envelope = (bundle: BundleJson, fields: object): object => ({
    ...bundle,
    dsseEnvelope: { ...bundle.dsseEnvelope, ...fields },
  });

  it.each<[string, (bundle: BundleJson) => unknown, string]>([
    [
      "another predicate",
      (bundle) => envelope(bundle, { payload: base64(about(stored.index, { ok: "of course" })) }),
      "invalid-signature",
    ],
    [
      "another signature",
      (bundle) => envelope(bundle, { signatures: [{ sig: "AAAA" }] }),
      "invalid-signature",
    ],
    ["no signature", (bundle) => envelope(bundle, { signatures: [] }), "invalid-bundle"],
    ["another payload type", (bundle) => envelope(bundle, { payloadType: "text/plain" }), "invalid-bundle"],
    [
      "a payload that is no statement",
      (bundle) => envelope(bundle, { payload: base64(1) }),
      "invalid-statement",
    ],
    [
      "a bare signature",
      (bundle) => ({
        ...bundle,
        dsseEnvelope: undefined,
        messageSignature: { messageDigest: { algorithm: "SHA2_256", digest: "AAAA" }, signature: "AAAA" },
      }),
      "invalid-bundle",
    ],
    ["text", () => "no bundle", "invalid-bundle"],
    ["null", () => null, "invalid-bundle"],
    ["too much", (bundle) => ({ ...bundle, filler: "x".repeat(10_000) }), "too-large"],
  ])("do not count with %s in their bundle", async (_, change, code) => {
    await attachChanged(change);
    expect(await codes(signer)).toEqual([code]);
  });
});

interface BundleJson {
  readonly dsseEnvelope: object;
}

import { type Descriptor, MediaType, OciError, type Repository, memoryStore } from "@seaworthy/oci";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type TestSigstore, startSigstore, tokenOf } from "../../test/sigstore.ts";
import { type StoredIndex, put, putIndex } from "../../test/stored.ts";
import { attachStatement } from "../attach.ts";
import { generateKey, keyPair } from "../signing/key-pair.ts";
import { keySigner } from "../signing/key-signer.ts";
import { keylessSigner } from "../signing/keyless/keyless.ts";
import { signImage } from "../signing/sign-image.ts";
import type { Signer } from "../signing/signer.ts";
import { parseTrustedRoot } from "../signing/trusted-root.ts";
import { identityVerifier } from "../signing/verify-identity.ts";
import { statementAbout } from "../statement.ts";
import { collectEvidence } from "./collect.ts";

const NAME = "registry.example/acme/app";
const RECORD = "https://seaworthy.dev/release-record/v1";
const CLAIMS = { iss: "https://issuer.example", sub: "https://ci.example/release" };
const BY_CI = { kind: "identity", identity: CLAIMS.sub, issuer: CLAIMS.iss };

let sigstore: TestSigstore;
let signer: Signer;
beforeAll(async () => {
  sigstore = await startSigstore();
  signer = keySigner(keyPair(await generateKey()));
});
afterAll(() => sigstore[Symbol.asyncDispose]());

let repository: Repository;
let stored: StoredIndex;
beforeEach(async () => {
  repository = memoryStore();
  stored = await putIndex(repository);
});

const record = (subject: Descriptor, predicate: object = { finishedAt: "2026-01-02T03:04:05Z" }) =>
  statementAbout(subject, { name: NAME, predicateType: RECORD, predicate });
const collect = (options: Parameters<typeof collectEvidence>[2] = {}) =>
  collectEvidence(repository, stored.index, { names: [NAME], ...options });

describe("collecting evidence", () => {
  it("finds nothing about an image of which nothing is known", async () => {
    const { subjects, ...rest } = await collect();
    expect(subjects.map(({ digest }) => digest)).toEqual(
      [stored.index, ...stored.platforms].map(({ digest }) => digest),
    );
    expect(rest).toMatchObject({ evidence: [], others: [], problems: [] });
  });

  it("tells unsigned, signed by whom they say, and proven", async () => {
    const keyless = keylessSigner({ services: sigstore.services, token: tokenOf(CLAIMS) });
    await attachStatement(repository, stored.index, record(stored.index));
    await attachStatement(repository, stored.index, record(stored.index), { signer });
    await attachStatement(repository, stored.platforms[0]!, record(stored.platforms[0]!), {
      signer: keyless,
    });
    const unchecked = (await collect()).evidence.map(({ signature }) => signature);
    expect(unchecked).toEqual([
      { status: "unsigned" },
      { status: "unchecked", claimed: { kind: "key", keyId: expect.stringMatching(/^SHA256:/) } },
      { status: "unchecked", claimed: BY_CI },
    ]);
    const trust = () => parseTrustedRoot(sigstore.trustedRoot, "root");
    const verifier = identityVerifier({ identity: CLAIMS.sub, issuer: CLAIMS.iss }, trust);
    const checked = (await collect({ verifier })).evidence.map(({ signature }) => signature);
    expect(checked).toEqual([
      { status: "unsigned" },
      {
        status: "refused",
        claimed: { kind: "key", keyId: expect.any(String) },
        why: "expected a certificate, found one made with a key",
      },
      { status: "verified", by: BY_CI },
    ]);
  });

  it("takes a time from the statement, else from the log, else from a label", async () => {
    const keyless = keylessSigner({ services: sigstore.services, token: tokenOf(CLAIMS) });
    const [image, amd64, arm64] = [stored.index, ...stored.platforms] as const;
    await attachStatement(repository, image, record(image), { signer: keyless });
    await attachStatement(repository, amd64!, record(amd64!, {}), { signer: keyless });
    const now = (): Date => new Date("2026-03-04T05:06:07Z");
    await attachStatement(repository, arm64!, record(arm64!, {}), { signer, now });
    const trust = () => parseTrustedRoot(sigstore.trustedRoot, "root");
    const verifier = identityVerifier({ identity: CLAIMS.sub, issuer: CLAIMS.iss }, trust);
    const times = (await collect({ verifier })).evidence.map(({ time }) => time);
    expect(times).toEqual([
      { from: "statement", at: new Date("2026-01-02T03:04:05Z") },
      { from: "log", at: expect.any(Date) },
      { from: "label", at: now() },
    ]);
  });

  it("finds signatures at the older tag", async () => {
    await signImage(repository, stored.platforms[0]!, { signer, name: NAME, tagScheme: true });
    const { evidence, problems } = await collect({ verifier: signer.own! });
    expect(evidence.map(({ signature, statement }) => [signature.status, statement === undefined])).toEqual([
      ["verified", false],
      ["verified", true],
    ]);
    expect(problems).toEqual([]);
  });

  it("names what other tools have attached", async () => {
    const artifactType = "application/spdx+json";
    const referrer = await putReferrer(artifactType, await put(repository, artifactType, "{}"));
    const { evidence, others } = await collect();
    expect(evidence).toEqual([]);
    expect(others.map((one) => [one.referrer.digest, one.referrer.artifactType])).toEqual([
      [referrer.digest, artifactType],
    ]);
  });

  const putReferrer = async (
    artifactType: string,
    layer: Descriptor,
    annotations = {},
  ): Promise<Descriptor> =>
    put(repository, MediaType.manifest, {
      schemaVersion: 2,
      mediaType: MediaType.manifest,
      artifactType,
      config: await put(repository, MediaType.empty, "{}"),
      layers: [layer],
      subject: stored.index,
      annotations,
    });

  const IN_TOTO = "application/vnd.in-toto+json";
  const LABEL = { "in-toto.io/predicate-type": RECORD };

  it.each<[string, () => Promise<unknown>, string]>([
    [
      "no JSON",
      async () => putReferrer(IN_TOTO, await put(repository, IN_TOTO, "{"), LABEL),
      "invalid-statement",
    ],
    [
      "a layer of another size",
      async () => putReferrer(IN_TOTO, { mediaType: IN_TOTO, digest: stored.index.digest, size: 5 }, LABEL),
      "size-mismatch",
    ],
    [
      "more than may be read",
      async () => putReferrer(IN_TOTO, await put(repository, IN_TOTO, "x".repeat(2_000)), LABEL),
      "too-large",
    ],
    [
      "a statement about another digest",
      () => attachStatement(repository, stored.index, record(stored.platforms[0]!), { signer }),
      "wrong-subject",
    ],
    [
      "a statement of another repository",
      () =>
        attachStatement(
          repository,
          stored.index,
          statementAbout(stored.index, {
            name: "registry.example/else",
            predicateType: RECORD,
            predicate: {},
          }),
          { signer },
        ),
      "wrong-subject",
    ],
  ])("names a referrer with %s, and goes on", async (_, spoil, code) => {
    await spoil();
    await attachStatement(repository, stored.index, record(stored.index));
    const { evidence, problems } = await collect({ largest: 1_500 });
    expect(evidence).toHaveLength(1);
    expect(problems).toEqual([
      {
        subject: stored.index,
        problem: expect.objectContaining({ code, message: expect.stringMatching(/[0-9a-f]{12}/) }),
      },
    ]);
  });

  it("reads no more than was asked for, and says that there is more", async () => {
    for (let number = 0; number < 3; number += 1) {
      await attachStatement(repository, stored.index, record(stored.index, { number }));
    }
    const { evidence, problems } = await collect({ most: 2 });
    expect(evidence).toHaveLength(2);
    expect(problems.map(({ problem }) => problem.message)).toEqual([expect.stringContaining("read 2 of 3")]);
  });

  it("takes the names of a mirror and of its original", async () => {
    await attachStatement(repository, stored.index, record(stored.index), { signer });
    const { evidence } = await collect({ names: ["mirror.example/app", NAME] });
    expect(evidence).toHaveLength(1);
  });

  it("fails where the network does: what could not be read is not missing", async () => {
    const cut = new Proxy(repository, {
      get: (target, key) =>
        key === "referrers"
          ? () => Promise.reject(new OciError("network", "connection reset"))
          : (Reflect.get(target, key) as () => unknown).bind(target),
    });
    await expect(collectEvidence(cut, stored.index)).rejects.toThrow("connection reset");
  });
});

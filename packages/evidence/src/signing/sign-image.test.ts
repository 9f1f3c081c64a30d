import { type Descriptor, type Repository, hexOf, memoryStore, readManifest } from "@seaworthy/oci";
import { beforeEach, describe, expect, it } from "vitest";
import { type StoredIndex, put, putIndex, readJson } from "../../test/stored.ts";
import { findStatements } from "../find.ts";
import { generateKey, keyPair } from "./key-pair.ts";
import { keySigner } from "./key-signer.ts";
import { SIGNATURE_TYPE, signImage } from "./sign-image.ts";
import type { Signer } from "./signer.ts";

const NAME = "registry.example/acme/app";
const BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json";

let repository: Repository;
let stored: StoredIndex;
let signer: Signer;
beforeEach(async () => {
  repository = memoryStore();
  stored = await putIndex(repository);
  signer = keySigner(keyPair(await generateKey()));
});

async function listed(): Promise<readonly string[]> {
  const digests: string[] = [];
  for await (const { digest } of repository.list()) digests.push(digest);
  return digests.toSorted();
}

const find = (subject: Descriptor, by: Signer = signer, name = NAME) =>
  findStatements(repository, subject, { predicateType: SIGNATURE_TYPE, verifier: by.own!, name });

describe("signing an image", () => {
  it("signs the index and each platform, by digest", async () => {
    const signed = await signImage(repository, stored.index, { signer, name: NAME });
    expect(signed.map(({ subject, isNew }) => [subject.digest, isNew])).toEqual(
      [stored.index, ...stored.platforms].map(({ digest }) => [digest, true]),
    );
    for (const subject of [stored.index, ...stored.platforms]) {
      const [found] = await find(subject);
      expect(found?.verified?.by.kind).toBe("key");
      expect(found?.statement.subject).toEqual([{ name: NAME, digest: { sha256: hexOf(subject.digest) } }]);
    }
  });

  it("signs a single image that is no index", async () => {
    const signed = await signImage(repository, stored.platforms[0]!, { signer, name: NAME });
    expect(signed.map(({ subject }) => subject.digest)).toEqual([stored.platforms[0]!.digest]);
  });

  it("stores what cosign looks for: a v0.3 bundle as a referrer, with a blank keyid", async () => {
    const now = (): Date => new Date("2026-01-02T03:04:05Z");
    const [{ manifest } = {}] = await signImage(repository, stored.index, { signer, name: NAME, now });
    const { artifactType, layers, annotations } = await readManifest(repository, manifest!);
    expect(artifactType).toBe(BUNDLE);
    expect(annotations).toEqual({
      "dev.sigstore.bundle.content": "dsse-envelope",
      "dev.sigstore.bundle.predicateType": SIGNATURE_TYPE,
      "org.opencontainers.image.created": "2026-01-02T03:04:05.000Z",
    });
    expect(layers.map(({ mediaType }) => mediaType)).toEqual([BUNDLE]);
    const bundle = await readJson<BundleJson>(repository, layers[0]!);
    expect(bundle.dsseEnvelope.signatures[0]).not.toHaveProperty("keyid");
    expect(bundle.verificationMaterial.publicKey.hint).toMatch(/^[A-Za-z0-9+/]{43}=$/);
  });

  it("adds nothing when the same key signs again", async () => {
    await signImage(repository, stored.index, { signer, name: NAME, tagScheme: true });
    const before = await listed();
    const again = await signImage(repository, stored.index, { signer, name: NAME, tagScheme: true });
    expect(again.every(({ isNew }) => !isNew)).toBe(true);
    expect(await listed()).toEqual(before);
  });

  it("adds a signature when another key signs", async () => {
    const other = keySigner(keyPair(await generateKey()));
    await signImage(repository, stored.index, { signer, name: NAME });
    await signImage(repository, stored.index, { signer: other, name: NAME });
    expect(await repository.referrers(stored.index.digest, BUNDLE)).toHaveLength(2);
  });

  it("leaves out what BuildKit attests in the index", async () => {
    const unknown = { ...stored.platforms[0]!, platform: { os: "unknown", architecture: "unknown" } };
    const index = await put(repository, stored.index.mediaType, {
      schemaVersion: 2,
      mediaType: stored.index.mediaType,
      manifests: [stored.platforms[1], unknown],
    });
    const signed = await signImage(repository, index, { signer, name: NAME });
    expect(signed.map(({ subject }) => subject.digest)).toEqual([index.digest, stored.platforms[1]!.digest]);
  });
});

interface BundleJson {
  readonly dsseEnvelope: { readonly signatures: readonly object[] };
  readonly verificationMaterial: { readonly publicKey: { readonly hint: string } };
}

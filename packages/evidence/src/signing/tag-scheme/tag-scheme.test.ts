import { type Descriptor, type Repository, hexOf, memoryStore, readManifest } from "@seaworthy/oci";
import { beforeEach, describe, expect, it } from "vitest";
import { type StoredIndex, put, putIndex } from "../../../test/stored.ts";
import { generateKey, keyPair } from "../key-pair.ts";
import { keySigner } from "../key-signer.ts";
import { signImage } from "../sign-image.ts";
import type { Signer } from "../signer.ts";
import { verifyTag } from "./read.ts";

const NAME = "registry.example/acme/app";

let repository: Repository;
let stored: StoredIndex;
let signer: Signer;
beforeEach(async () => {
  repository = memoryStore();
  stored = await putIndex(repository);
  signer = keySigner(keyPair(await generateKey()));
});

describe("the older tag scheme", () => {
  const verify = async (subject: Descriptor, by: Signer, name = NAME): Promise<readonly string[]> => {
    const problems: string[] = [];
    const onProblem = ({ code }: { code: string }): void => void problems.push(code);
    const accepted = await verifyTag(repository, subject, {
      verifier: by.own!,
      name,
      onProblem,
      signal: undefined,
    });
    return [...accepted.map(({ by: { kind } }) => kind), ...problems];
  };

  it("keeps a signature at a tag beside each digest", async () => {
    await signImage(repository, stored.index, { signer, name: NAME, tagScheme: true });
    expect(await repository.tags()).toEqual(
      [stored.index, ...stored.platforms].map(({ digest }) => `sha256-${hexOf(digest)}.sig`).toSorted(),
    );
    expect(await verify(stored.platforms[1]!, signer)).toEqual(["key"]);
  });

  it("keeps those of others beside ours, and tells them apart", async () => {
    const other = keySigner(keyPair(await generateKey()));
    await signImage(repository, stored.index, { signer: other, name: NAME, tagScheme: true });
    await signImage(repository, stored.index, { signer, name: NAME, tagScheme: true });
    expect(await verify(stored.index, signer)).toEqual(["key", "invalid-signature"]);
    expect(await verify(stored.index, other)).toEqual(["key", "invalid-signature"]);
  });

  it("does not count at another digest or in another repository", async () => {
    await signImage(repository, stored.platforms[0]!, { signer, name: NAME, tagScheme: true });
    const moved = (await repository.resolve(`sha256-${hexOf(stored.platforms[0]!.digest)}.sig`))!;
    await repository.tag(moved, `sha256-${hexOf(stored.platforms[1]!.digest)}.sig`);
    expect(await verify(stored.platforms[1]!, signer)).toEqual(["wrong-subject"]);
    expect(await verify(stored.platforms[0]!, signer, "registry.example/other")).toEqual(["wrong-subject"]);
  });

  it.each<[string, (layer: Descriptor) => unknown]>([
    ["no signature", (layer) => ({ ...layer, annotations: {} })],
    ["annotations that are no JSON", (layer) => annotated(layer, "{", "{")],
    ["annotations that hold nothing", (layer) => annotated(layer, "null", "{}")],
  ])("reports %s, and nothing worse happens", async (_, change) => {
    await signImage(repository, stored.platforms[0]!, { signer, name: NAME, tagScheme: true });
    const tag = `sha256-${hexOf(stored.platforms[0]!.digest)}.sig`;
    const manifest = await readManifest(repository, (await repository.resolve(tag))!);
    const changed = { ...manifest, layers: manifest.layers.map(change) };
    await repository.tag(await put(repository, manifest.mediaType!, changed), tag);
    expect(await verify(stored.platforms[0]!, signer)).toEqual(["invalid-signature"]);
  });

  it("reports what is too large or of another kind, and still finds what is good", async () => {
    await signImage(repository, stored.platforms[0]!, { signer, name: NAME, tagScheme: true });
    const tag = `sha256-${hexOf(stored.platforms[0]!.digest)}.sig`;
    const manifest = await readManifest(repository, (await repository.resolve(tag))!);
    const bad = [
      await put(repository, manifest.layers[0]!.mediaType, "x".repeat(70_000)),
      await put(repository, "text/plain", "x"),
      await put(repository, manifest.layers[0]!.mediaType, "null"),
    ];
    const changed = { ...manifest, layers: [...bad, ...manifest.layers] };
    await repository.tag(await put(repository, manifest.mediaType!, changed), tag);
    const answers = ["key", "too-large", "wrong-subject", "wrong-subject"];
    expect(await verify(stored.platforms[0]!, signer)).toEqual(answers);
  });

  const annotated = (layer: Descriptor, entry: string, timestamp: string): Descriptor => ({
    ...layer,
    annotations: {
      "dev.cosignproject.cosign/signature": "%%%",
      "dev.sigstore.cosign/certificate": "no certificate",
      "dev.sigstore.cosign/bundle": entry,
      "dev.sigstore.cosign/rfc3161timestamp": timestamp,
    },
  });
});

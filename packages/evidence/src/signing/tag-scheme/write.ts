import {
  type Descriptor,
  type Digest,
  type Manifest,
  MediaType,
  type Repository,
  digestOf,
  readManifest,
} from "@seaworthy/oci";
import type { Signer } from "../signer.ts";
import { SIMPLE_SIGNING, signatureTag, toAnnotations } from "./annotations.ts";
import { verifyTag } from "./read.ts";

export interface SignTagOptions {
  readonly signer: Signer;
  readonly name: string;
  readonly signal: AbortSignal | undefined;
}

/**
 * Adds a signature to those at the tag of a digest, unless this signer's is among them. Tags cannot be compared and set:
 * of two that sign the same digest at once this way, one may be lost.
 * @returns whether it was not there before
 */
export async function signTag(
  repository: Repository,
  subject: Descriptor,
  { signer, name, signal }: SignTagOptions,
): Promise<boolean> {
  const { digest } = subject;
  if (signer.own !== undefined) {
    const options = { verifier: signer.own, name, onProblem: () => undefined, signal };
    if ((await verifyTag(repository, subject, options)).length > 0) return false;
  }
  const payload = payloadFor(name, digest);
  const bundle = await signer.sign({ kind: "message", bytes: payload }, signal);
  const layer = await put(repository, SIMPLE_SIGNING, payload, signal);
  const held = await layersAt(repository, digest, signal);
  const layers = [...held, { ...layer, annotations: toAnnotations(bundle) }];
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: MediaType.manifest,
    config: await put(repository, MediaType.config, configFor(layers), signal),
    layers,
  };
  const target = await put(repository, MediaType.manifest, json(manifest), signal);
  await repository.tag(target, signatureTag(digest), signal);
  return true;
}

async function layersAt(
  repository: Repository,
  digest: Digest,
  signal: AbortSignal | undefined,
): Promise<readonly Descriptor[]> {
  const held = await repository.resolve(signatureTag(digest), signal);
  return held === undefined ? [] : (await readManifest(repository, held, signal)).layers;
}

/** "Simple signing" (containers/image, atomic-signature.md), field for field as cosign writes it. */
function payloadFor(name: string, digest: Digest): Buffer {
  return json({
    critical: {
      identity: { "docker-reference": name },
      image: { "docker-manifest-digest": digest },
      type: "cosign container image signature",
    },
    optional: null,
  });
}

function configFor(layers: readonly Descriptor[]): Buffer {
  const rootfs = { type: "layers", diff_ids: layers.map((layer) => layer.digest) };
  return json({ architecture: "", os: "", rootfs, config: {} });
}

function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

async function put(
  repository: Repository,
  mediaType: string,
  bytes: Buffer,
  signal: AbortSignal | undefined,
): Promise<Descriptor> {
  const target = { mediaType, digest: digestOf(bytes), size: bytes.length };
  await repository.put(target, [bytes], signal);
  return target;
}

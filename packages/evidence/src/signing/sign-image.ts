import { type Descriptor, type Repository, isIndexType, readIndex } from "@seaworthy/oci";
import { type Attached, attachSigned } from "../attach.ts";
import { statementAbout } from "../statement.ts";
import type { Signer } from "./signer.ts";
import { type SignTagOptions, signTag } from "./tag-scheme/write.ts";

/** What cosign 3 signs an image with: a statement that says nothing but whose it is. */
export const SIGNATURE_TYPE = "https://sigstore.dev/cosign/sign/v1";

export interface SignImageOptions {
  readonly signer: Signer;
  /** Registry and repository, without tag: a signature counts there alone. */
  readonly name: string;
  /** Also as cosign did before version 3, at the tag `sha256-<hex>.sig`. */
  readonly tagScheme?: boolean;
  readonly now?: () => Date;
  readonly signal?: AbortSignal;
}

export interface ImageSignature extends Attached {
  readonly subject: Descriptor;
}

/**
 * Signs the index and each of its platforms by digest, for whoever pulls either: the index first, one after the other.
 * What the same signer signed before is left as it is.
 * @throws EvidenceError as the signer does
 */
export async function signImage(
  repository: Repository,
  image: Descriptor,
  { signer, name, tagScheme = false, now, signal }: SignImageOptions,
): Promise<readonly ImageSignature[]> {
  const signatures: ImageSignature[] = [];
  for (const subject of await subjectsOf(repository, image, signal)) {
    const statement = statementAbout(subject, { name, predicateType: SIGNATURE_TYPE, predicate: {} });
    const attached = await attachSigned(repository, subject, statement, {
      signer,
      ...(now === undefined ? {} : { now }),
      ...(signal === undefined ? {} : { signal }),
    });
    signatures.push({ subject, ...attached });
  }
  if (tagScheme) await signTags(repository, image, { signer, name, signal });
  return signatures;
}

/**
 * Signs the index and each of its platforms as cosign did before version 3 alone, at tags of `repository`: it has to be
 * the one that people pull from, which may hold signatures of others there.
 * @returns how many were not there before
 * @throws EvidenceError as the signer does
 */
export async function signTags(
  repository: Repository,
  image: Descriptor,
  options: SignTagOptions,
): Promise<number> {
  let made = 0;
  for (const subject of await subjectsOf(repository, image, options.signal)) {
    if (await signTag(repository, subject, options)) made += 1;
  }
  return made;
}

/** An image and its platforms; one that is no index stands for itself. */
export async function subjectsOf(
  repository: Repository,
  image: Descriptor,
  signal?: AbortSignal,
): Promise<readonly Descriptor[]> {
  if (!isIndexType(image.mediaType)) return [image];
  const { manifests } = await readIndex(repository, image, signal);
  // BuildKit lists its attestations as platforms of an unknown system.
  return [image, ...manifests.filter(({ platform }) => platform?.os !== "unknown")];
}

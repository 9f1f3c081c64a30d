import { type Descriptor, type Manifest, MediaType, type Repository, digestOf } from "@seaworthy/oci";
import { findStatements } from "./find.ts";
import { type Label, annotationsOf } from "./labels.ts";
import { BUNDLE_MEDIA_TYPE, bundleBytes } from "./signing/bundle.ts";
import type { Signer } from "./signing/signer.ts";
import { STATEMENT_MEDIA_TYPE, type Statement } from "./statement.ts";

const EMPTY = Buffer.from("{}");

export interface AttachOptions {
  /** What it was made from: finds the result of the same work. */
  readonly key?: string;
  /** Signs it: what is stored is a sigstore bundle, which `cosign verify-attestation` reads. */
  readonly signer?: Signer;
  /** Noted beside what is signed, for people. */
  readonly now?: () => Date;
  readonly signal?: AbortSignal;
}

/**
 * Stores a statement as a referrer of its subject: an artifact manifest with one layer. The same statement twice is one
 * manifest, also where it is signed by the same signer, so attaching again stores nothing.
 * @throws EvidenceError as the signer does
 */
export async function attachStatement(
  repository: Repository,
  subject: Descriptor,
  statement: Statement,
  options: AttachOptions = {},
): Promise<Descriptor> {
  const { signer, ...rest } = options;
  if (signer !== undefined) {
    return (await attachSigned(repository, subject, statement, { ...rest, signer })).manifest;
  }
  const { key, signal } = options;
  const label = { predicateType: statement.predicateType, key };
  const bytes = Buffer.from(JSON.stringify(statement));
  return putReferrer(repository, subject, { type: STATEMENT_MEDIA_TYPE, bytes, label }, signal);
}

export interface Attached {
  readonly manifest: Descriptor;
  /** False where this signer had signed it before. */
  readonly isNew: boolean;
}

/** As `attachStatement`, and tells whether anything was done. */
export async function attachSigned(
  repository: Repository,
  subject: Descriptor,
  statement: Statement,
  options: AttachOptions & { readonly signer: Signer },
): Promise<Attached> {
  const { signer, key, now, signal } = options;
  const bytes = Buffer.from(JSON.stringify(statement));
  const before = await signedBefore(repository, subject, statement, options);
  if (before !== undefined) return { manifest: before, isNew: false };
  const bundle = await signer.sign({ kind: "statement", bytes }, signal);
  const label = { predicateType: statement.predicateType, key, created: now?.().toISOString() };
  const content = { type: BUNDLE_MEDIA_TYPE, bytes: await bundleBytes(bundle), label };
  return { manifest: await putReferrer(repository, subject, content, signal), isNew: true };
}

/** Signatures differ each time they are made, so what is there is compared by what was signed. */
async function signedBefore(
  repository: Repository,
  subject: Descriptor,
  statement: Statement,
  { signer, key, signal }: AttachOptions & { readonly signer: Signer },
): Promise<Descriptor | undefined> {
  if (signer.own === undefined) return undefined;
  const found = await findStatements(repository, subject, {
    predicateType: statement.predicateType,
    verifier: signer.own,
    onProblem: () => undefined,
    ...(key === undefined ? {} : { key }),
    ...(signal === undefined ? {} : { signal }),
  });
  const wanted = JSON.stringify(statement);
  return found.find((evidence) => JSON.stringify(evidence.statement) === wanted)?.manifest;
}

interface Content {
  readonly type: string;
  readonly bytes: Buffer;
  readonly label: Label;
}

async function putReferrer(
  repository: Repository,
  { mediaType, digest, size }: Descriptor,
  { type, bytes, label }: Content,
  signal: AbortSignal | undefined,
): Promise<Descriptor> {
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: MediaType.manifest,
    artifactType: type,
    config: await putBytes(repository, MediaType.empty, EMPTY, signal),
    layers: [await putBytes(repository, type, bytes, signal)],
    subject: { mediaType, digest, size },
    annotations: annotationsOf(label, type === BUNDLE_MEDIA_TYPE),
  };
  return putBytes(repository, MediaType.manifest, Buffer.from(JSON.stringify(manifest)), signal);
}

async function putBytes(
  repository: Repository,
  mediaType: string,
  bytes: Uint8Array,
  signal?: AbortSignal,
): Promise<Descriptor> {
  const descriptor = { mediaType, digest: digestOf(bytes), size: bytes.length };
  await repository.put(descriptor, [bytes], signal);
  return descriptor;
}

import {
  type Descriptor,
  type Digest,
  OciError,
  type Repository,
  type SeaworthyError,
  collect,
  readManifest,
} from "@seaworthy/oci";
import { isAboutContent } from "../../about-content.ts";
import { EvidenceError } from "../../error.ts";
import type { SignatureVerifier, Signed, Verified } from "../verifier.ts";
import { SIMPLE_SIGNING, signatureTag } from "./annotations.ts";
import { toBundle } from "./to-bundle.ts";

const MAX_PAYLOAD = 64 << 10;
/** Somebody who may push may add as many as fit. */
const MOST_SIGNATURES = 50;

export interface TagSignature extends Signed {
  readonly manifest: Descriptor;
  readonly message: Buffer;
}

interface ReadOptions {
  /** Repository that a signature may name, or the several names it goes by. */
  readonly name?: string | readonly string[] | undefined;
  readonly onProblem: (problem: SeaworthyError) => void;
  readonly signal: AbortSignal | undefined;
}

/** Signatures at the tag of a digest that a verifier accepts. */
export async function verifyTag(
  repository: Repository,
  subject: Pick<Descriptor, "digest">,
  { verifier, ...options }: ReadOptions & { readonly verifier: SignatureVerifier },
): Promise<readonly Verified[]> {
  const accepted: Verified[] = [];
  for (const signature of await readTag(repository, subject, options)) {
    const verified = await orNothing(() => verifier.verify(signature), options.onProblem);
    if (verified !== undefined) accepted.push(verified);
  }
  return accepted;
}

/** What is at the tag of a digest and speaks of it; nothing is said about the signatures. */
export async function readTag(
  repository: Repository,
  { digest }: Pick<Descriptor, "digest">,
  { name, onProblem, signal }: ReadOptions,
): Promise<readonly TagSignature[]> {
  const manifest = await repository.resolve(signatureTag(digest), signal);
  if (manifest === undefined) return [];
  const attempt = <T>(work: () => Promise<T>): Promise<T | undefined> => orNothing(work, onProblem);
  const layers = (await attempt(() => readManifest(repository, manifest, signal)))?.layers ?? [];
  if (layers.length > MOST_SIGNATURES) onProblem(tooMany(digest, layers.length));
  const found: TagSignature[] = [];
  for (const layer of layers.slice(0, MOST_SIGNATURES)) {
    const message = await attempt(() => readPayload(repository, layer, { digest, name, signal }));
    if (message !== undefined) found.push({ manifest, message, bundle: toBundle(layer, message) });
  }
  return found;
}

/** One broken signature hides no other. */
async function orNothing<T>(
  work: () => Promise<T>,
  onProblem: ReadOptions["onProblem"],
): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (!isAboutContent(error)) throw error;
    onProblem(error);
    return undefined;
  }
}

/** @throws EvidenceError `wrong-subject` where it is no signature of this digest in this repository */
async function readPayload(
  repository: Repository,
  layer: Descriptor,
  { digest, name, signal }: Pick<ReadOptions, "name" | "signal"> & { readonly digest: Digest },
): Promise<Buffer> {
  const where = `signature ${layer.digest} at ${signatureTag(digest)}`;
  const message = await collect(await repository.open(layer, signal), MAX_PAYLOAD, where);
  const problem = problemOf(message, layer, { digest, name });
  if (problem === undefined) return message;
  throw new EvidenceError("wrong-subject", `${where}: ${problem}`);
}

function tooMany(digest: Digest, count: number): OciError {
  return new OciError("too-large", `${signatureTag(digest)}: read ${MOST_SIGNATURES} of ${count} signatures`);
}

interface SimpleSigning {
  readonly critical?: {
    readonly identity?: { readonly "docker-reference"?: unknown };
    readonly image?: { readonly "docker-manifest-digest"?: unknown };
  };
}

/** Why it is no signature of this digest in this repository; undefined where it is one. */
function problemOf(
  message: Buffer,
  { mediaType }: Descriptor,
  { digest, name }: { readonly digest: Digest; readonly name: ReadOptions["name"] },
): string | undefined {
  if (mediaType !== SIMPLE_SIGNING) return `expected ${SIMPLE_SIGNING}, found ${mediaType}`;
  let payload: SimpleSigning | null;
  try {
    payload = JSON.parse(message.toString("utf8")) as SimpleSigning | null;
  } catch {
    return "is not JSON";
  }
  const about = payload?.critical?.image?.["docker-manifest-digest"];
  if (about !== digest) return `speaks of ${JSON.stringify(about)?.slice(0, 100)}, is filed under ${digest}`;
  const reference = payload?.critical?.identity?.["docker-reference"];
  if (name === undefined || reference === "" || reference === undefined) return undefined;
  const accepted = [name].flat();
  return accepted.some((one) => one === reference)
    ? undefined
    : `speaks of ${JSON.stringify(reference)?.slice(0, 300)}, expected ${accepted.join(" or ")}`;
}

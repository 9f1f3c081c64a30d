import {
  type Annotations,
  type Descriptor,
  type Manifest,
  MediaType,
  type OciErrorCode,
  type Repository,
  SeaworthyError,
  collect,
  digestOf,
  hexOf,
  readManifest,
} from "@seaworthy/oci";
import { EvidenceError, type EvidenceErrorCode } from "./error.ts";
import { type Statement, isStatement } from "./statement.ts";

export const STATEMENT_MEDIA_TYPE = "application/vnd.in-toto+json";
const PREDICATE_TYPE = "in-toto.io/predicate-type";
/** What the statement was made from, so that the same work is not done twice. */
const KEY = "dev.seaworthy.key";
const MAX_STATEMENT = 16 << 20;
const EMPTY = Buffer.from("{}");

export interface Evidence {
  readonly manifest: Descriptor;
  readonly statement: Statement;
}

/**
 * Stores a statement as a referrer of its subject: an artifact manifest with one in-toto layer. The same statement
 * twice is one manifest, so attaching again stores nothing.
 */
export async function attachStatement(
  repository: Repository,
  subject: Descriptor,
  statement: Statement,
  { key, signal }: { readonly key?: string; readonly signal?: AbortSignal } = {},
): Promise<Descriptor> {
  const layer = await putBytes(
    repository,
    STATEMENT_MEDIA_TYPE,
    Buffer.from(JSON.stringify(statement)),
    signal,
  );
  const annotations: Annotations = {
    [PREDICATE_TYPE]: statement.predicateType,
    ...(key === undefined ? {} : { [KEY]: key }),
  };
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: MediaType.manifest,
    artifactType: STATEMENT_MEDIA_TYPE,
    config: await putBytes(repository, MediaType.empty, EMPTY, signal),
    layers: [layer],
    subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
    annotations,
  };
  return putBytes(repository, MediaType.manifest, Buffer.from(JSON.stringify(manifest)), signal);
}

export interface FindOptions {
  readonly predicateType: string;
  /** Only what was attached with this key. */
  readonly key?: string;
  /**
   * Told of evidence that is broken or speaks of something else, which is then passed over: anybody who may push may
   * attach some. Without it such evidence is an error.
   */
  readonly onProblem?: (problem: SeaworthyError) => void;
  readonly signal?: AbortSignal;
}

/**
 * Statements of one kind about a digest. Others' referrers are passed over. Predicates are as they were found: foreign
 * JSON, for the caller to check.
 */
export async function findStatements(
  repository: Repository,
  subject: Pick<Descriptor, "digest">,
  { predicateType, key, onProblem, signal }: FindOptions,
): Promise<readonly Evidence[]> {
  const referrers = await repository.referrers(subject.digest, STATEMENT_MEDIA_TYPE, signal);
  const found: Evidence[] = [];
  for (const referrer of referrers) {
    if (referrer.annotations?.[PREDICATE_TYPE] !== predicateType) continue;
    if (key !== undefined && referrer.annotations[KEY] !== key) continue;
    try {
      const statement = await readStatement(repository, referrer, { subject, predicateType, signal });
      found.push({ manifest: referrer, statement });
    } catch (error) {
      if (onProblem === undefined || !isAboutContent(error)) throw error;
      onProblem(error);
    }
  }
  return found;
}

const CONTENT_CODES: ReadonlySet<string> = new Set<EvidenceErrorCode | OciErrorCode>([
  "invalid-statement",
  "wrong-subject",
  "invalid-manifest",
  "invalid-digest",
  "digest-mismatch",
  "size-mismatch",
  "too-large",
  "not-found",
]);

/** True for what is wrong with the evidence itself; a network that fails says nothing about it. */
function isAboutContent(error: unknown): error is SeaworthyError {
  return error instanceof SeaworthyError && CONTENT_CODES.has(error.code);
}

interface Expected {
  readonly subject: Pick<Descriptor, "digest">;
  readonly predicateType: string;
  readonly signal: AbortSignal | undefined;
}

/** @throws EvidenceError `wrong-subject` where a statement is filed under a digest it does not speak of */
async function readStatement(
  repository: Repository,
  referrer: Descriptor,
  { subject, predicateType, signal }: Expected,
): Promise<Statement> {
  const { layers } = await readManifest(repository, referrer, signal);
  const layer = layers.find(({ mediaType }) => mediaType === STATEMENT_MEDIA_TYPE);
  if (layer === undefined) throw invalid(referrer, `has no ${STATEMENT_MEDIA_TYPE} layer`);
  const statement = parse(await collect(await repository.open(layer, signal), MAX_STATEMENT), referrer);
  // The annotation is only a label: what counts is what the statement says of itself.
  if (statement.predicateType !== predicateType) {
    throw invalid(
      referrer,
      `found predicate type ${JSON.stringify(statement.predicateType)}, its label says ${predicateType}`,
    );
  }
  const about = statement.subject.map(({ digest }) => digest.sha256);
  if (!about.includes(hexOf(subject.digest))) {
    throw new EvidenceError(
      "wrong-subject",
      `evidence ${referrer.digest}: speaks of ${about.join(", ")}, is filed under ${subject.digest}`,
    );
  }
  return statement;
}

function parse(bytes: Uint8Array, referrer: Descriptor): Statement {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch (cause) {
    throw invalid(referrer, "is not JSON", cause);
  }
  if (!isStatement(value)) throw invalid(referrer, "is no in-toto statement v1");
  return value;
}

function invalid(referrer: Descriptor, what: string, cause?: unknown): EvidenceError {
  return new EvidenceError("invalid-statement", `evidence ${referrer.digest}: ${what}`, { cause });
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

import {
  type Annotations,
  type Descriptor,
  type Manifest,
  MediaType,
  OciError,
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
  /** At most so many are read. */
  readonly most?: number;
  /** Bytes; what is larger is broken. */
  readonly largest?: number;
  readonly signal?: AbortSignal;
}

/**
 * Statements of one kind about a digest. Others' referrers are passed over. Predicates are as they were found: foreign
 * JSON, for the caller to check.
 */
export async function findStatements(
  repository: Repository,
  subject: Pick<Descriptor, "digest">,
  options: FindOptions,
): Promise<readonly Evidence[]> {
  const found: Evidence[] = [];
  for await (const evidence of eachStatement(repository, subject, options)) found.push(evidence);
  return found;
}

/** The same one by one, each read when it is asked for: whoever has to expect many holds one. */
export async function* eachStatement(
  repository: Repository,
  subject: Pick<Descriptor, "digest">,
  options: FindOptions,
): AsyncGenerator<Evidence> {
  const { onProblem, predicateType, largest = MAX_STATEMENT, signal } = options;
  for (const manifest of await labelled(repository, subject, options)) {
    let statement;
    try {
      statement = await readStatement(repository, manifest, { subject, predicateType, largest, signal });
    } catch (error) {
      if (onProblem === undefined || !isAboutContent(error)) throw error;
      onProblem(error);
      continue;
    }
    yield { manifest, statement };
  }
}

/** Referrers that say they are what is looked for. */
async function labelled(
  repository: Repository,
  { digest }: Pick<Descriptor, "digest">,
  { predicateType, key, most = Number.POSITIVE_INFINITY, onProblem, signal }: FindOptions,
): Promise<readonly Descriptor[]> {
  const referrers = (await repository.referrers(digest, STATEMENT_MEDIA_TYPE, signal)).filter(
    ({ annotations }) =>
      annotations?.[PREDICATE_TYPE] === predicateType && (key === undefined || annotations[KEY] === key),
  );
  if (referrers.length > most) {
    const what = `evidence of ${digest}: read ${most} of ${referrers.length} that say they are ${predicateType}`;
    onProblem?.(new OciError("too-large", what));
  }
  return referrers.slice(0, most);
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
  readonly largest: number;
  readonly signal: AbortSignal | undefined;
}

/** @throws EvidenceError `wrong-subject` where a statement is filed under a digest it does not speak of */
async function readStatement(
  repository: Repository,
  referrer: Descriptor,
  { subject, predicateType, largest, signal }: Expected,
): Promise<Statement> {
  const { layers } = await readManifest(repository, referrer, signal);
  const layer = layers.find(({ mediaType }) => mediaType === STATEMENT_MEDIA_TYPE);
  if (layer === undefined) throw invalid(referrer, `has no ${STATEMENT_MEDIA_TYPE} layer`);
  const what = `evidence ${referrer.digest}`;
  const statement = parse(await collect(await repository.open(layer, signal), largest, what), referrer);
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

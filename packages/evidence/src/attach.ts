import {
  type Annotations,
  type Descriptor,
  type Manifest,
  MediaType,
  type Repository,
  collect,
  digestOf,
  hexOf,
  readManifest,
} from "@seaworthy/oci";
import { EvidenceError } from "./error.ts";
import { STATEMENT_TYPE, type Statement } from "./statement.ts";

export const STATEMENT_MEDIA_TYPE = "application/vnd.in-toto+json";
const PREDICATE_TYPE = "in-toto.io/predicate-type";
/** What the statement was made from, so that the same work is not done twice. */
const KEY = "dev.seaworthy.key";
const MAX_STATEMENT = 16 << 20;
const EMPTY = Buffer.from("{}");

export interface Evidence<Predicate = unknown> {
  readonly manifest: Descriptor;
  readonly statement: Statement<Predicate>;
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

/** Statements of one kind about a digest, those with `key` only where it is given. Others' referrers are passed over. */
export async function findStatements<Predicate>(
  repository: Repository,
  subject: Pick<Descriptor, "digest">,
  {
    predicateType,
    key,
    signal,
  }: { readonly predicateType: string; readonly key?: string; readonly signal?: AbortSignal },
): Promise<readonly Evidence<Predicate>[]> {
  const referrers = await repository.referrers(subject.digest, STATEMENT_MEDIA_TYPE, signal);
  const found: Evidence<Predicate>[] = [];
  for (const referrer of referrers) {
    if (referrer.annotations?.[PREDICATE_TYPE] !== predicateType) continue;
    if (key !== undefined && referrer.annotations[KEY] !== key) continue;
    found.push({
      manifest: referrer,
      statement: await readStatement<Predicate>(repository, referrer, subject),
    });
  }
  return found;
}

/** @throws EvidenceError `wrong-subject` where a statement is filed under a digest it does not speak of */
async function readStatement<Predicate>(
  repository: Repository,
  referrer: Descriptor,
  subject: Pick<Descriptor, "digest">,
): Promise<Statement<Predicate>> {
  const { layers } = await readManifest(repository, referrer);
  const layer = layers.find(({ mediaType }) => mediaType === STATEMENT_MEDIA_TYPE);
  if (layer === undefined) {
    throw new EvidenceError(
      "invalid-statement",
      `evidence ${referrer.digest}: has no ${STATEMENT_MEDIA_TYPE} layer`,
    );
  }
  const bytes = await collect(await repository.open(layer), MAX_STATEMENT);
  const statement = parse(bytes, referrer);
  const about = statement.subject.map(({ digest }) => digest.sha256);
  if (!about.includes(hexOf(subject.digest))) {
    throw new EvidenceError(
      "wrong-subject",
      `evidence ${referrer.digest}: speaks of ${about.join(", ")}, is filed under ${subject.digest}`,
    );
  }
  return statement as Statement<Predicate>;
}

function parse(bytes: Uint8Array, referrer: Descriptor): Statement {
  let value: Partial<Statement> | undefined;
  try {
    value = JSON.parse(Buffer.from(bytes).toString("utf8")) as Partial<Statement>;
  } catch (cause) {
    throw new EvidenceError("invalid-statement", `evidence ${referrer.digest}: is not JSON`, { cause });
  }
  const valid =
    value?._type === STATEMENT_TYPE &&
    Array.isArray(value.subject) &&
    typeof value.predicateType === "string";
  if (!valid)
    throw new EvidenceError("invalid-statement", `evidence ${referrer.digest}: is no in-toto statement v1`);
  return value as Statement;
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

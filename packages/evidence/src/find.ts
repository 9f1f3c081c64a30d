import { type Descriptor, OciError, type Repository, type SeaworthyError } from "@seaworthy/oci";
import { EvidenceError } from "./error.ts";
import { isAboutContent } from "./about-content.ts";
import { labelOf } from "./labels.ts";
import { MAX_STATEMENT, checkSubject, readEvidence } from "./read-evidence.ts";
import type { SignatureVerifier, Verified } from "./signing/verifier.ts";
import type { Statement } from "./statement.ts";

export interface Evidence {
  readonly manifest: Descriptor;
  readonly statement: Statement;
  /** Who signed it; absent where nobody did or nobody was asked for. */
  readonly verified?: Verified;
}

export interface FindOptions {
  readonly predicateType: string;
  /** Only what was attached with this key. */
  readonly key?: string;
  /** Whose signatures count; unsigned statements then do not. Without it every statement counts, signed or not. */
  readonly verifier?: SignatureVerifier;
  /** Repository that statements may name, if they name one: those of another one are not evidence here. */
  readonly name?: string;
  /**
   * Told of evidence that is broken, speaks of something else or is not signed by the right one, which is then passed
   * over: anybody who may push may attach some. Without it such evidence is an error.
   */
  readonly onProblem?: (problem: SeaworthyError) => void;
  /** At most so many are read. */
  readonly most?: number;
  /** Bytes; what is larger is broken. */
  readonly largest?: number;
  readonly signal?: AbortSignal;
}

/**
 * Statements of one kind about a digest, signed ones among them. Others' referrers are passed over. Predicates are as
 * they were found: foreign JSON, for the caller to check.
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
  for (const manifest of await labelled(repository, subject, options)) {
    let evidence;
    try {
      evidence = await readOne(repository, manifest, subject, options);
    } catch (error) {
      if (options.onProblem === undefined || !isAboutContent(error)) throw error;
      options.onProblem(error);
      continue;
    }
    yield evidence;
  }
}

/** Referrers that say they are what is looked for. */
async function labelled(
  repository: Repository,
  { digest }: Pick<Descriptor, "digest">,
  { predicateType, key, most = Number.POSITIVE_INFINITY, onProblem, signal }: FindOptions,
): Promise<readonly Descriptor[]> {
  const referrers = (await repository.referrers(digest, undefined, signal)).filter((referrer) => {
    const label = labelOf(referrer);
    return label?.predicateType === predicateType && (key === undefined || label.key === key);
  });
  if (referrers.length > most) {
    const what = `evidence of ${digest}: read ${most} of ${referrers.length} that say they are ${predicateType}`;
    onProblem?.(new OciError("too-large", what));
  }
  return referrers.slice(0, most);
}

async function readOne(
  repository: Repository,
  manifest: Descriptor,
  subject: Pick<Descriptor, "digest">,
  { predicateType, verifier, name, largest = MAX_STATEMENT, signal }: FindOptions,
): Promise<Evidence> {
  const where = `evidence ${manifest.digest}`;
  const { statement, bundle } = await readEvidence(repository, manifest, { largest, signal });
  // The annotation is only a label: what counts is what the statement says of itself.
  if (statement.predicateType !== predicateType) {
    const found = JSON.stringify(statement.predicateType);
    throw new EvidenceError(
      "invalid-statement",
      `${where}: found predicate type ${found}, its label says ${predicateType}`,
    );
  }
  checkSubject(statement, { digest: subject.digest, name }, where);
  if (verifier === undefined) return { manifest, statement };
  if (bundle === undefined) {
    throw new EvidenceError(
      "untrusted-signer",
      `${where}: expected a signature of ${verifier.name}, found none`,
    );
  }
  return { manifest, statement, verified: await verifier.verify({ bundle }) };
}

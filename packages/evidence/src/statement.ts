import { type Descriptor, hexOf } from "@seaworthy/oci";

export const STATEMENT_TYPE = "https://in-toto.io/Statement/v1";
/** The same fields; cosign still writes it. */
const OLD_STATEMENT_TYPE = "https://in-toto.io/Statement/v0.1";
export const STATEMENT_MEDIA_TYPE = "application/vnd.in-toto+json";

/** in-toto attestation framework, spec/v1/statement.md. */
export interface Statement<Predicate = unknown> {
  readonly _type: typeof STATEMENT_TYPE | typeof OLD_STATEMENT_TYPE;
  /** `name` is the repository, without tag; others' statements may lack it. */
  readonly subject: readonly { readonly name?: string; readonly digest: { readonly sha256: string } }[];
  readonly predicateType: string;
  readonly predicate: Predicate;
}

/** One claim about one digest. */
export function statementAbout<Predicate>(
  subject: Pick<Descriptor, "digest">,
  {
    name,
    predicateType,
    predicate,
  }: { readonly name: string; readonly predicateType: string; readonly predicate: Predicate },
): Statement<Predicate> {
  return {
    _type: STATEMENT_TYPE,
    subject: [{ name, digest: { sha256: hexOf(subject.digest) } }],
    predicateType,
    predicate,
  };
}

/** Foreign JSON as a statement: the fields of the envelope are there; nothing is said of the predicate. */
export function isStatement(value: unknown): value is Statement {
  const { _type, subject, predicateType } = (value ?? {}) as Partial<Record<keyof Statement, unknown>>;
  return (
    (_type === STATEMENT_TYPE || _type === OLD_STATEMENT_TYPE) &&
    typeof predicateType === "string" &&
    Array.isArray(subject) &&
    subject.every(isSubject)
  );
}

function isSubject(value: unknown): boolean {
  const { name, digest } = (value ?? {}) as { name?: unknown; digest?: { sha256?: unknown } | null };
  return typeof digest?.sha256 === "string" && (name === undefined || typeof name === "string");
}

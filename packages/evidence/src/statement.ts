import { type Descriptor, hexOf } from "@seaworthy/oci";

export const STATEMENT_TYPE = "https://in-toto.io/Statement/v1";

/** in-toto attestation framework, spec/v1/statement.md. */
export interface Statement<Predicate = unknown> {
  readonly _type: typeof STATEMENT_TYPE;
  readonly subject: readonly { readonly name: string; readonly digest: { readonly sha256: string } }[];
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
    _type === STATEMENT_TYPE &&
    typeof predicateType === "string" &&
    Array.isArray(subject) &&
    subject.every(
      (about: { digest?: { sha256?: unknown } } | null) => typeof about?.digest?.sha256 === "string",
    )
  );
}

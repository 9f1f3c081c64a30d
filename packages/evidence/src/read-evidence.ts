import type { Bundle } from "@sigstore/bundle";
import { type Descriptor, type Repository, collect, hexOf, readManifest } from "@seaworthy/oci";
import { EvidenceError } from "./error.ts";
import { isBundleType, parseBundle, payloadOf } from "./signing/bundle.ts";
import { STATEMENT_MEDIA_TYPE, type Statement, isStatement } from "./statement.ts";

/** Bytes, base64 and signature included. */
export const MAX_STATEMENT = 16 << 20;

export interface ReadEvidence {
  readonly statement: Statement;
  /** Absent where it is not signed. Nothing is said about its signature. */
  readonly bundle?: Bundle;
}

/**
 * The statement in a referrer, bare or in a sigstore bundle.
 * @throws EvidenceError `invalid-statement`, `invalid-bundle`; OciError as stores do, `too-large`
 */
export async function readEvidence(
  repository: Repository,
  referrer: Descriptor,
  { largest, signal }: { readonly largest: number; readonly signal: AbortSignal | undefined },
): Promise<ReadEvidence> {
  const where = `evidence ${referrer.digest}`;
  const { layers } = await readManifest(repository, referrer, signal);
  const layer = layers.find(({ mediaType }) => mediaType === STATEMENT_MEDIA_TYPE || isBundleType(mediaType));
  if (layer === undefined) {
    throw new EvidenceError(
      "invalid-statement",
      `${where}: has no ${STATEMENT_MEDIA_TYPE} layer and no bundle`,
    );
  }
  const bytes = await collect(await repository.open(layer, signal), largest, where);
  if (!isBundleType(layer.mediaType)) return { statement: parseStatement(bytes, where) };
  const bundle = await parseBundle(bytes, where);
  return { bundle, statement: parseStatement(payloadOf(bundle, where), where) };
}

function parseStatement(bytes: Uint8Array, where: string): Statement {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString("utf8"));
  } catch (cause) {
    throw new EvidenceError("invalid-statement", `${where}: is not JSON`, { cause });
  }
  if (!isStatement(value))
    throw new EvidenceError("invalid-statement", `${where}: is no in-toto statement v1`);
  return value;
}

export interface Asked {
  readonly digest: Descriptor["digest"];
  /** Repository, or the several names it goes by. */
  readonly name?: string | readonly string[] | undefined;
}

/**
 * Signatures say nothing about what a statement is filed under: a good one of another digest, or of the same bytes in
 * somebody else's repository, is no evidence here.
 * @throws EvidenceError `wrong-subject`
 */
export function checkSubject({ subject }: Statement, { digest, name }: Asked, where: string): void {
  const about = subject.filter(({ digest: { sha256 } }) => sha256 === hexOf(digest));
  if (about.length === 0) {
    const found = subject.map(({ digest: { sha256 } }) => sha256).join(", ") || "nothing";
    throw new EvidenceError("wrong-subject", `${where}: speaks of ${found}, is filed under ${digest}`);
  }
  if (name === undefined) return;
  const accepted = [name].flat();
  // cosign's signatures name no repository.
  const named = about.flatMap((one) => (one.name === undefined || one.name === "" ? [] : [one.name]));
  if (named.length === 0 || named.some((one) => accepted.includes(one))) return;
  throw new EvidenceError(
    "wrong-subject",
    `${where}: speaks of ${named.join(", ")}, expected ${accepted.join(" or ")}`,
    { hint: "evidence of another repository does not count; a mirror's policy names the original in names" },
  );
}

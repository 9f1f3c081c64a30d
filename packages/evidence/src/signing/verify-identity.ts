import type { SignedEntity, Signer as LibrarySigner } from "@sigstore/verify";
import { EvidenceError } from "../error.ts";
import type { Trust } from "./trusted-root.ts";
import type { Signed, SignatureVerifier, SignedBy, Verified } from "./verifier.ts";

/** Whose certificate counts. Everything is compared whole: a pattern holds from the first character to the last. */
export type ExpectedIdentity = { readonly issuer: string } & (
  | { readonly identity: string }
  | { readonly identityPattern: string }
);

/**
 * Certificates of an identity, issued by an authority of the trusted root while the signature was made, as its log or a
 * timestamp authority vouches. A root that names no log asks for none; a time is always asked for.
 * @throws EvidenceError `invalid-trust` where the pattern is none
 */
export function identityVerifier(expected: ExpectedIdentity, trust: Trust): SignatureVerifier {
  const matches = identityMatcher(expected);
  const name = describeIdentity(expected);
  return {
    name,
    async verify(signed) {
      const verified = await certified(signed, trust);
      if (matches(verified.by)) return verified;
      const { identity, issuer } = verified.by;
      throw new EvidenceError(
        "untrusted-signer",
        `signature: expected ${name}, found ${identity} (${issuer})`,
      );
    },
  };
}

type Identity = Extract<SignedBy, { kind: "identity" }>;

/** @throws EvidenceError `invalid-trust` where the pattern is none */
export function identityMatcher(expected: ExpectedIdentity): (by: Identity) => boolean {
  const { issuer } = expected;
  if ("identity" in expected) return (by) => by.issuer === issuer && by.identity === expected.identity;
  const pattern = wholePattern(expected.identityPattern, "identityPattern");
  return (by) => by.issuer === issuer && pattern.test(by.identity);
}

export function describeIdentity(expected: ExpectedIdentity): string {
  const who = "identity" in expected ? expected.identity : `/${expected.identityPattern}/`;
  return `${who} (${expected.issuer})`;
}

/**
 * A pattern that holds from the first character to the last: one that matched somewhere would let in
 * `https://evil.example/https://github.com/acme/…`.
 * @throws EvidenceError `invalid-trust`
 */
export function wholePattern(pattern: string, where: string): RegExp {
  try {
    return new RegExp(`^(?:${pattern})$`, "u");
  } catch (cause) {
    throw new EvidenceError("invalid-trust", `${where} ${JSON.stringify(pattern)}: is no pattern`, { cause });
  }
}

interface Certified extends Verified {
  readonly by: Identity;
  readonly at: Date;
}

async function certified({ bundle, message }: Signed, trust: Trust): Promise<Certified> {
  if (bundle.verificationMaterial.content.$case === "publicKey") {
    throw new EvidenceError(
      "untrusted-signer",
      "signature: expected a certificate, found one made with a key",
    );
  }
  const { Verifier, toSignedEntity } = await import("@sigstore/verify");
  const material = await trust();
  const verifier = new Verifier(material, {
    tlogThreshold: material.tlogs.length > 0 ? 1 : 0,
    ctlogThreshold: material.ctlogs.length > 0 ? 1 : 0,
    timestampThreshold: 1,
  });
  let entity: SignedEntity;
  let signer: LibrarySigner;
  try {
    entity = toSignedEntity(bundle, message === undefined ? undefined : Buffer.from(message));
    signer = verifier.verify(entity);
  } catch (cause) {
    throw new EvidenceError("invalid-signature", `signature: ${reasonOf(cause)}`, { cause });
  }
  const { subjectAlternativeName, extensions } = signer.identity ?? {};
  const by = {
    kind: "identity",
    identity: subjectAlternativeName ?? "",
    issuer: extensions?.issuer ?? "",
  } as const;
  return { by, at: earliest(entity) };
}

/** The library tells in the cause what it did not like of a certificate. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}

function earliest({ timestamps }: SignedEntity): Date {
  const times = timestamps.map((time) =>
    time.$case === "timestamp-authority"
      ? time.timestamp.signingTime.getTime()
      : Number(time.tlogEntry.integratedTime) * 1_000,
  );
  return new Date(Math.min(...times));
}

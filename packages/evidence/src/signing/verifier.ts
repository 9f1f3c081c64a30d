import type { Bundle } from "@sigstore/bundle";

/** Who signed, once it is proven. */
export type SignedBy =
  | { readonly kind: "key"; readonly keyId: string }
  | { readonly kind: "identity"; readonly identity: string; readonly issuer: string };

export interface Verified {
  readonly by: SignedBy;
  /** When, where a log or a timestamp authority vouches for it. */
  readonly at?: Date;
}

/** A bundle, and the bytes it is about where it does not hold them itself. */
export interface Signed {
  readonly bundle: Bundle;
  readonly message?: Uint8Array;
}

/** Somebody whose signatures count. */
export interface SignatureVerifier {
  /** For people: `key SHA256:…`, `https://github.com/… of https://token…`. */
  readonly name: string;
  /**
   * Looks at the signature alone: what a statement speaks of is compared by who reads it.
   * @throws EvidenceError `invalid-signature`, `untrusted-signer`, `invalid-trust`
   */
  verify(signed: Signed): Promise<Verified>;
}

export function describeSigner(by: SignedBy): string {
  return by.kind === "key" ? `key ${by.keyId}` : `${by.identity} (${by.issuer})`;
}

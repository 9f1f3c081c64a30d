import type { Bundle } from "@sigstore/bundle";
import type { SignatureVerifier } from "./verifier.ts";

/** What is signed: an in-toto statement in an envelope (DSSE), or bytes as they are, for the older tag scheme. */
export interface Signable {
  readonly kind: "statement" | "message";
  readonly bytes: Uint8Array;
}

/**
 * Makes sigstore bundles. Implementations: a key (`keySigner`, over any `SigningKey`), an identity (`keylessSigner`);
 * `withFallback` goes from one to the next.
 */
export interface Signer {
  /** For people. */
  readonly name: string;
  /** Recognises what this signer made before, so that the same is not signed twice. */
  readonly own?: SignatureVerifier;
  /** @throws EvidenceError `signing-unavailable` where it may work later; `signing-refused`, `identity-token` */
  sign(signable: Signable, signal?: AbortSignal): Promise<Bundle>;
}

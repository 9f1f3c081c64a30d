import { anySigner } from "../signing/any-signer.ts";
import type { Trust } from "../signing/trusted-root.ts";
import { type SignatureVerifier, type SignedBy, describeSigner } from "../signing/verifier.ts";
import { describeIdentity, identityMatcher, identityVerifier } from "../signing/verify-identity.ts";
import type { CollectedEvidence } from "./collected.ts";
import type { Policy, TrustedSigner } from "./policy.ts";

function isSignedBy(signer: TrustedSigner, by: SignedBy): boolean {
  if (signer.kind === "key") return by.kind === "key" && by.keyId === signer.keyId;
  return by.kind === "identity" && identityMatcher(signer.expected)(by);
}

export function describeTrusted(signer: TrustedSigner): string {
  return signer.kind === "key" ? `key ${signer.name}` : describeIdentity(signer.expected);
}

/** Who of these made it, as the policy names keys; undefined where none did. */
export function describeMaker(
  { signature }: Pick<CollectedEvidence, "signature">,
  trusted: readonly TrustedSigner[],
): string | undefined {
  if (signature.status !== "verified") return undefined;
  const { by } = signature;
  const maker = trusted.find((signer) => isSignedBy(signer, by));
  if (maker === undefined) return undefined;
  return `signed by ${maker.kind === "key" ? describeTrusted(maker) : describeSigner(by)}`;
}

/** Everybody whose word counts somewhere in a policy. */
export function signersOf({ signatures, evidence }: Policy): readonly TrustedSigner[] {
  return [...signatures.flat(), ...evidence.flatMap(({ signedBy }) => signedBy ?? [])];
}

/** @param keyOf the verifier of a key of the policy */
export function verifierOf(
  policy: Policy,
  keyOf: (keyId: string) => SignatureVerifier,
  trust: Trust,
): SignatureVerifier {
  return anySigner(
    signersOf(policy).map((signer) =>
      signer.kind === "key" ? keyOf(signer.keyId) : identityVerifier(signer.expected, trust),
    ),
  );
}

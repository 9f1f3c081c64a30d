import { EvidenceError } from "../error.ts";
import type { SignatureVerifier } from "./verifier.ts";

/** One of several. */
export function anySigner(verifiers: readonly SignatureVerifier[]): SignatureVerifier {
  return {
    name: verifiers.map(({ name }) => name).join(" or "),
    async verify(signed) {
      const problems: string[] = [];
      for (const verifier of verifiers) {
        try {
          return await verifier.verify(signed);
        } catch (error) {
          if (!(error instanceof EvidenceError) || error.retryable) throw error;
          problems.push(error.message);
        }
      }
      throw new EvidenceError("untrusted-signer", problems.join("; ") || "signature: nobody's is accepted");
    },
  };
}

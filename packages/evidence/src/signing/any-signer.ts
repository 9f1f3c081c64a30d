import { isAboutContent } from "../about-content.ts";
import { EvidenceError } from "../error.ts";
import type { SignatureVerifier } from "./verifier.ts";

/** One of several. Where one cannot be asked, as without its trusted root, that is an error and not a no. */
export function anySigner(verifiers: readonly SignatureVerifier[]): SignatureVerifier {
  return {
    name: verifiers.map(({ name }) => name).join(" or "),
    async verify(signed) {
      const problems: string[] = [];
      for (const verifier of verifiers) {
        try {
          return await verifier.verify(signed);
        } catch (error) {
          if (!isAboutContent(error)) throw error;
          problems.push(error.message);
        }
      }
      throw new EvidenceError("untrusted-signer", problems.join("; ") || "signature: nobody's is accepted");
    },
  };
}

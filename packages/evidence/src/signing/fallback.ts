import { EvidenceError } from "../error.ts";
import { anySigner } from "./any-signer.ts";
import type { Signer } from "./signer.ts";

/**
 * The second signs where the first cannot be reached, after all its attempts; what the first refuses stays refused. What
 * either of them signed before is not signed again.
 * @param onFallback told why, before the second signs
 */
export function withFallback(
  first: Signer,
  second: Signer,
  onFallback: (why: EvidenceError) => void = () => undefined,
): Signer {
  const own = [first.own, second.own].filter((verifier) => verifier !== undefined);
  return {
    name: `${first.name}, else ${second.name}`,
    ...(own.length === 0 ? {} : { own: anySigner(own) }),
    async sign(signable, signal) {
      try {
        return await first.sign(signable, signal);
      } catch (error) {
        if (!(error instanceof EvidenceError) || error.code !== "signing-unavailable") throw error;
        onFallback(error);
        return second.sign(signable, signal);
      }
    },
  };
}

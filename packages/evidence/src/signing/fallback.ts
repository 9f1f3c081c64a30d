import { EvidenceError } from "../error.ts";
import { anySigner } from "./any-signer.ts";
import type { Signer } from "./signer.ts";

/**
 * The second signs where the first cannot be reached, after all its attempts, and everything from then on: a log that is
 * down is not waited for once more with each signature. What the first refuses stays refused. What either of them signed
 * before is not signed again.
 * @param onFallback told why, before the second signs for the first time
 */
export function withFallback(
  first: Signer,
  second: Signer,
  onFallback: (why: EvidenceError) => void = () => undefined,
): Signer {
  const own = [first.own, second.own].filter((verifier) => verifier !== undefined);
  let active = first;
  return {
    name: `${first.name}, else ${second.name}`,
    ...(own.length === 0 ? {} : { own: anySigner(own) }),
    async sign(signable, signal) {
      const used = active;
      try {
        return await used.sign(signable, signal);
      } catch (error) {
        if (used === second || !isUnavailable(error)) throw error;
        // Several may be under way at once: one of them tells.
        if (active === first) onFallback(error);
        active = second;
        return second.sign(signable, signal);
      }
    },
  };
}

/** True where nobody said no: there was nobody to ask. */
export function isUnavailable(error: unknown): error is EvidenceError {
  return error instanceof EvidenceError && error.code === "signing-unavailable";
}

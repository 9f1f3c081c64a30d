import { describeSigner } from "../signing/verifier.ts";
import type { CollectedEvidence } from "./collected.ts";

/** Who made it, in a few words. */
export function describeEvidence({ signature }: CollectedEvidence): string {
  switch (signature.status) {
    case "unsigned":
      return "unsigned";
    case "verified":
      return `signed by ${describeSigner(signature.by)}`;
    case "unchecked":
    case "refused": {
      const who = signature.claimed === undefined ? "somebody" : describeSigner(signature.claimed);
      return `says it is by ${who}`;
    }
  }
}

import type { Duration } from "../index.d.ts";

/** Whose word counts. A key is a file beside the policy; a pattern holds from the first character to the last. */
export type TrustedSigner =
  | { key: string }
  | { identity: string; issuer: string }
  | { identityPattern: string; issuer: string };

interface CommonRule {
  /** `"7d"`, by a time that is signed. */
  maxAge?: Duration;
  /** In place of all those of `signedBy`. */
  signedBy?: TrustedSigner[];
}

/** Evidence that has to be there, signed, and what it has to say. */
export type EvidenceRule = CommonRule &
  (
    | { kind: "tests"; names?: string[] }
    | { kind: "verify"; allowNotRun?: boolean }
    | { kind: "scan"; below?: "low" | "medium" | "high" | "critical" }
    | { kind: "provenance"; builder?: string; builderPattern?: string; source?: string }
    /** It ran well there. */
    | { kind: "deployment"; environment: string }
    | { kind: "sbom" | "secrets" | "record" }
    | { kind: "statement"; type: string }
  );

/** seaworthy.policy.ts: what an image needs before it is let through. */
export interface PolicyFile {
  /** Names besides the one asked for that evidence may speak of: what a mirror holds names the original. */
  names?: string[];
  /** Each of them has to have signed the image and every platform; of a list in the list, one. */
  signedBy: (TrustedSigner | TrustedSigner[])[];
  evidence?: EvidenceRule[];
  /** What holds in one of them in place of the above. */
  environments?: Record<
    string,
    { signedBy?: (TrustedSigner | TrustedSigner[])[]; evidence?: EvidenceRule[] }
  >;
}

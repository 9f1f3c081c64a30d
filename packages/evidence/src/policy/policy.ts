import type { ExpectedIdentity } from "../signing/verify-identity.ts";

/** Somebody whose word counts: a key, or an identity. */
export type TrustedSigner =
  | {
      readonly kind: "key";
      readonly keyId: string;
      /** For people: the file it is in. */ readonly name: string;
    }
  | { readonly kind: "identity"; readonly expected: ExpectedIdentity };

export type Severity = "low" | "medium" | "high" | "critical";

interface Rule {
  /** Milliseconds, by a time that is signed. */
  readonly maxAge?: number;
  /** In place of all those of the policy's signatures. */
  readonly signedBy?: readonly TrustedSigner[];
}

/** Evidence that has to be there and what it has to say. */
export type EvidenceRule = Rule &
  (
    | {
        readonly kind: "tests";
        /** That have to be among those that passed. */ readonly names?: readonly string[];
      }
    | {
        readonly kind: "verify";
        /** Also where the platform could not be run. */ readonly allowNotRun?: boolean;
      }
    | {
        readonly kind: "scan";
        /** No finding is this severe or more, unless it is excepted. */ readonly below?: Severity;
      }
    | {
        readonly kind: "provenance";
        /** Compared whole; `builderPattern` holds from the first character to the last. */
        readonly builder?: string;
        readonly builderPattern?: string;
        /** Web address of the repository. */
        readonly source?: string;
      }
    | {
        /** It ran well there. */
        readonly kind: "deployment";
        readonly environment: string;
      }
    | { readonly kind: "sbom" | "secrets" | "record" }
    /** Of any other predicate type. */
    | { readonly kind: "statement"; readonly type: string }
  );

/** What an image needs before it is let through. */
export interface Policy {
  /** Each of these has to have signed the image and every platform; of a list of several, one of them. */
  readonly signatures: readonly (readonly TrustedSigner[])[];
  readonly evidence: readonly EvidenceRule[];
}

/** The answer to one requirement about one digest. */
export interface Decision {
  readonly requirement: string;
  /** `image`, or the platform. */
  readonly subject: string;
  readonly status: "met" | "missing" | "failed";
  readonly found: string;
  readonly expected: string;
  readonly hint?: string;
}

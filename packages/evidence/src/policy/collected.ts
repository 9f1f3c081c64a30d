import type { Descriptor, SeaworthyError } from "@seaworthy/oci";
import type { SignedBy } from "../signing/verifier.ts";
import type { Statement } from "../statement.ts";

/** What is known about who made a piece of evidence. */
export type Signature =
  | { readonly status: "unsigned" }
  /** Nobody was asked. `claimed` is what it says of itself. */
  | { readonly status: "unchecked"; readonly claimed?: SignedBy }
  | { readonly status: "verified"; readonly by: SignedBy }
  | { readonly status: "refused"; readonly claimed?: SignedBy; readonly why: string };

/** Who says when it was. */
export interface EvidenceTime {
  readonly at: Date;
  /** A label is not signed: anybody who may push may have written it. */
  readonly from: "statement" | "log" | "label";
}

/** One piece of evidence about one digest. */
export interface CollectedEvidence {
  readonly subject: Descriptor;
  /** What holds it. */
  readonly manifest: Descriptor;
  readonly predicateType: string;
  /** Absent for signatures of the older tag scheme. */
  readonly statement?: Statement;
  readonly signature: Signature;
  readonly time?: EvidenceTime;
}

/** All that is known about an image. */
export interface Collection {
  readonly image: Descriptor;
  /** The image first, then its platforms; an image that is no index stands for itself. */
  readonly subjects: readonly Descriptor[];
  readonly evidence: readonly CollectedEvidence[];
  /** Referrers that hold no statement: what other tools attach. */
  readonly others: readonly { readonly subject: Descriptor; readonly referrer: Descriptor }[];
  /** Evidence that is broken, speaks of something else, or was too much. */
  readonly problems: readonly { readonly subject: Descriptor; readonly problem: SeaworthyError }[];
}

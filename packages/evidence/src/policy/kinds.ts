import { PROVENANCE_TYPE } from "../provenance/slsa.ts";
import { SIGNATURE_TYPE } from "../signing/sign-image.ts";
import type { Statement } from "../statement.ts";
import { textAt } from "./foreign.ts";

export type EvidenceKind =
  | "signature"
  | "provenance"
  | "tests"
  | "verify"
  | "sbom"
  | "scan"
  | "secrets"
  | "record"
  | "deployment";

export interface KindOfEvidence {
  readonly kind: EvidenceKind;
  /** For people. */
  readonly title: string;
  /** Predicate types. */
  readonly types: readonly string[];
  /** What it has to be about: an inventory of an index would be that of one platform, whichever. */
  readonly about: "image" | "each platform" | "either";
  /** Where the predicate says when it was found out. */
  readonly time?: readonly string[];
}

export const KINDS: readonly KindOfEvidence[] = [
  { kind: "signature", title: "signature", types: [SIGNATURE_TYPE], about: "either" },
  {
    kind: "provenance",
    title: "provenance",
    types: [PROVENANCE_TYPE],
    about: "either",
    time: ["runDetails", "metadata", "finishedOn"],
  },
  {
    kind: "tests",
    title: "test result",
    types: ["https://in-toto.io/attestation/test-result/v0.1"],
    about: "image",
  },
  {
    kind: "verify",
    title: "verify result",
    types: ["https://seaworthy.dev/verify-result/v1"],
    about: "each platform",
  },
  {
    kind: "sbom",
    title: "SBOM",
    types: ["https://spdx.dev/Document", "https://spdx.dev/Document/v2.3", "https://cyclonedx.org/bom"],
    about: "each platform",
  },
  {
    kind: "scan",
    title: "scan result",
    types: ["https://in-toto.io/attestation/vulns/v0.2", "https://in-toto.io/attestation/vulns/v0.1"],
    about: "each platform",
    time: ["metadata", "scanFinishedOn"],
  },
  {
    kind: "secrets",
    title: "secrets result",
    types: ["https://seaworthy.dev/secrets-result/v1"],
    about: "either",
  },
  {
    kind: "record",
    title: "release record",
    types: ["https://seaworthy.dev/release-record/v1"],
    about: "image",
    time: ["finishedAt"],
  },
  {
    kind: "deployment",
    title: "deployment",
    types: ["https://seaworthy.dev/deployment/v1"],
    about: "image",
    time: ["at"],
  },
];

export function kindOf(predicateType: string): KindOfEvidence | undefined {
  return KINDS.find(({ types }) => types.includes(predicateType));
}

/** When a statement says that it was found out; undefined where its kind says none. */
export function statedTime({ predicateType, predicate }: Statement): Date | undefined {
  const text = textAt(predicate, kindOf(predicateType)?.time ?? []);
  const time = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? undefined : new Date(time);
}

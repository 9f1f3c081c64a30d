import { type CollectedEvidence, type Collection, type Signature, kindOf } from "@seaworthy/evidence";
import { type Descriptor, formatPlatform } from "@seaworthy/oci";

/** What `seaworthy evidence --json` writes. Times are RFC 3339. */
export interface EvidenceJson {
  readonly reference: string;
  readonly subjects: readonly {
    readonly digest: string;
    readonly platform?: string;
    readonly evidence: readonly {
      readonly kind: string;
      readonly predicateType: string;
      readonly manifest: string;
      readonly signature: Signature;
      readonly time?: { readonly at: string; readonly from: string };
    }[];
    readonly others: readonly { readonly manifest: string; readonly artifactType?: string }[];
    readonly problems: readonly { readonly code: string; readonly message: string }[];
  }[];
}

export function evidenceJson(reference: string, collection: Collection): EvidenceJson {
  const { subjects, evidence, others, problems } = collection;
  const of = <T extends { readonly subject: Descriptor }>(list: readonly T[], { digest }: Descriptor): T[] =>
    list.filter(({ subject }) => subject.digest === digest);
  return {
    reference,
    subjects: subjects.map((subject) => ({
      digest: subject.digest,
      ...(subject.platform === undefined ? {} : { platform: formatPlatform(subject.platform) }),
      evidence: of(evidence, subject).map(one),
      others: of(others, subject).map(({ referrer: { digest, artifactType } }) => ({
        manifest: digest,
        ...(artifactType === undefined ? {} : { artifactType }),
      })),
      problems: of(problems, subject).map(({ problem: { code, message } }) => ({ code, message })),
    })),
  };
}

function one({ manifest, predicateType, signature, time }: CollectedEvidence) {
  return {
    kind: kindOf(predicateType)?.kind ?? "statement",
    predicateType,
    manifest: manifest.digest,
    signature,
    ...(time === undefined ? {} : { time: { at: time.at.toISOString(), from: time.from } }),
  };
}

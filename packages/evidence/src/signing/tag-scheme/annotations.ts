import type { Bundle } from "@sigstore/bundle";
import { type Annotations, type Digest, hexOf } from "@seaworthy/oci";

/** cosign, specs/SIGNATURE_SPEC.md: where signatures of a digest are, and what their layers are. */
export const SIMPLE_SIGNING = "application/vnd.dev.cosign.simplesigning.v1+json";

export function signatureTag(digest: Digest): string {
  return `sha256-${hexOf(digest)}.sig`;
}

export const ANNOTATION = {
  signature: "dev.cosignproject.cosign/signature",
  certificate: "dev.sigstore.cosign/certificate",
  entry: "dev.sigstore.cosign/bundle",
  timestamp: "dev.sigstore.cosign/rfc3161timestamp",
} as const;

/** What cosign calls a bundle here is one entry of a log. */
export interface LogEntry {
  readonly SignedEntryTimestamp: string;
  readonly Payload: {
    readonly body: string;
    readonly integratedTime: number;
    readonly logIndex: number;
    readonly logID: string;
  };
}

/** A bundle over bytes as annotations of a layer that holds the bytes. */
export function toAnnotations({ content, verificationMaterial }: Bundle): Annotations {
  if (content.$case !== "messageSignature") return {};
  const certificate = certificateOf(verificationMaterial);
  const [entry] = verificationMaterial.tlogEntries;
  const [timestamp] = verificationMaterial.timestampVerificationData?.rfc3161Timestamps ?? [];
  return {
    [ANNOTATION.signature]: content.messageSignature.signature.toString("base64"),
    ...(certificate === undefined ? {} : { [ANNOTATION.certificate]: toPem(certificate) }),
    ...(entry === undefined ? {} : { [ANNOTATION.entry]: JSON.stringify(toLogEntry(entry)) }),
    ...(timestamp === undefined
      ? {}
      : {
          [ANNOTATION.timestamp]: JSON.stringify({
            SignedRFC3161Timestamp: timestamp.signedTimestamp.toString("base64"),
          }),
        }),
  };
}

type Material = Bundle["verificationMaterial"];

function certificateOf({ content }: Material): Buffer | undefined {
  if (content.$case === "certificate") return content.certificate.rawBytes;
  return content.$case === "x509CertificateChain"
    ? content.x509CertificateChain.certificates[0]?.rawBytes
    : undefined;
}

function toLogEntry(entry: Material["tlogEntries"][number]): LogEntry {
  return {
    SignedEntryTimestamp: (entry.inclusionPromise?.signedEntryTimestamp ?? Buffer.alloc(0)).toString(
      "base64",
    ),
    Payload: {
      body: entry.canonicalizedBody.toString("base64"),
      integratedTime: Number(entry.integratedTime),
      logIndex: Number(entry.logIndex),
      logID: entry.logId.keyId.toString("hex"),
    },
  };
}

function toPem(der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

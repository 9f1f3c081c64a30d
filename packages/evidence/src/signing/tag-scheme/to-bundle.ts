import { createHash } from "node:crypto";
import type { Bundle } from "@sigstore/bundle";
import type { Descriptor } from "@seaworthy/oci";
import { ANNOTATION, type LogEntry } from "./annotations.ts";

/** The annotations of a layer as the bundle they would be today; what cannot be read is left out and then missed. */
export function toBundle({ annotations = {} }: Descriptor, message: Buffer): Bundle {
  const certificate = annotations[ANNOTATION.certificate];
  const timestamp = readJson<{ SignedRFC3161Timestamp?: string }>(annotations[ANNOTATION.timestamp]);
  const entry = readJson<ForeignEntry>(annotations[ANNOTATION.entry]);
  return {
    mediaType: "application/vnd.dev.sigstore.bundle+json;version=0.1",
    content: {
      $case: "messageSignature",
      messageSignature: {
        messageDigest: { algorithm: 1, digest: createHash("sha256").update(message).digest() },
        signature: Buffer.from(annotations[ANNOTATION.signature] ?? "", "base64"),
      },
    },
    verificationMaterial: {
      content:
        certificate === undefined
          ? { $case: "publicKey", publicKey: { hint: "" } }
          : { $case: "certificate", certificate: { rawBytes: fromPem(certificate) } },
      tlogEntries: entry === undefined ? [] : [toTransparencyEntry(entry)],
      timestampVerificationData: {
        rfc3161Timestamps:
          timestamp?.SignedRFC3161Timestamp === undefined
            ? []
            : [{ signedTimestamp: Buffer.from(timestamp.SignedRFC3161Timestamp, "base64") }],
      },
    },
  };
}

function readJson<T>(text: string | undefined): T | undefined {
  try {
    return text === undefined ? undefined : ((JSON.parse(text) as T | null) ?? undefined);
  } catch {
    return undefined;
  }
}

/** What others wrote there. */
type ForeignEntry = {
  readonly SignedEntryTimestamp?: unknown;
  readonly Payload?: { readonly [Key in keyof LogEntry["Payload"]]?: unknown } | null;
};

function toTransparencyEntry({
  SignedEntryTimestamp: promise,
  Payload: payload,
}: ForeignEntry): Bundle["verificationMaterial"]["tlogEntries"][number] {
  const body = Buffer.from(asText(payload?.body), "base64");
  const described = readJson<{ kind?: unknown; apiVersion?: unknown }>(body.toString("utf8"));
  return {
    logIndex: asText(payload?.logIndex),
    logId: { keyId: Buffer.from(asText(payload?.logID), "hex") },
    kindVersion: { kind: asText(described?.kind), version: asText(described?.apiVersion) },
    integratedTime: asText(payload?.integratedTime),
    inclusionPromise: { signedEntryTimestamp: Buffer.from(asText(promise), "base64") },
    inclusionProof: undefined,
    canonicalizedBody: body,
  };
}

function asText(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

function fromPem(pem: string): Buffer {
  return Buffer.from(pem.replaceAll(/-----[A-Z ]+-----/g, ""), "base64");
}

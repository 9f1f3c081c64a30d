import type { Secret } from "@seaworthy/oci";
import { EvidenceError } from "../../error.ts";

/** What the library calls its faults, in words. */
const WHO: Readonly<Record<string, string>> = {
  CA_CREATE_SIGNING_CERTIFICATE_ERROR: "certificate authority",
  TLOG_CREATE_ENTRY_ERROR: "transparency log",
  TLOG_FETCH_ENTRY_ERROR: "transparency log",
  TSA_CREATE_TIMESTAMP_ERROR: "timestamp authority",
};
const PASSING: ReadonlySet<number> = new Set([408, 425, 429]);
const WEB_TOKEN = /eyJ[\w-]+(?:\.[\w-]*)*/g;

/**
 * What went wrong while signing: whether it may pass, and nothing of the token. Neither is the library's error kept as
 * a cause, since that repeats the token where it cannot read it, and answers may repeat what they were asked.
 */
export function signingFault(error: unknown, token: Secret): EvidenceError {
  const { code = "", message = "", cause } = error as { code?: string; message?: string; cause?: unknown };
  const who = WHO[code] ?? "signing";
  const status = (cause as { statusCode?: unknown } | undefined)?.statusCode;
  const said = scrub(cause instanceof Error ? cause.message : message, token);
  const passing = typeof status !== "number" || PASSING.has(status) || status >= 500;
  if (code in WHO && passing) {
    return new EvidenceError("signing-unavailable", `${who}: ${said}`, {
      retryable: true,
      hint: "try again later, or configure a key to fall back to",
    });
  }
  return new EvidenceError("signing-refused", `${who}: ${code in WHO ? said : "failed"}`, {
    hint: "the identity token has to be of an issuer that the authority knows, with the audience sigstore",
  });
}

function scrub(text: string, token: Secret): string {
  return text.replaceAll(token.reveal(), "[redacted]").replaceAll(WEB_TOKEN, "[redacted]").slice(0, 300);
}

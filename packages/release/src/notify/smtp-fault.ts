import { type Secret, networkFault, redact } from "@seaworthy/oci";
import type { NodemailerError } from "nodemailer";
import { strikeOut } from "./strike-out.ts";
import { Undelivered } from "./undelivered.ts";

/** What nodemailer threw, in words, and whether another try may help. */
export function smtpFault(where: string, error: unknown, password: Secret | undefined): Undelivered {
  const fault = error as NodemailerError;
  const said = (text: string): string => redact(strikeOut(text, password === undefined ? [] : [password]));
  if (fault.responseCode !== undefined) return replied(where, fault, said(fault.response ?? ""));
  if (fault.code === "ETLS") {
    const hint = "name the authority's certificate in NODE_EXTRA_CA_CERTS, or mend the server's";
    return new Undelivered(`${where}: ${said(fault.message)}`, { hint });
  }
  const { says, hint, retryable } = networkFault(withSocketsCode(fault));
  return new Undelivered(`${where}: ${said(says)}`, { retryable, ...(hint === undefined ? {} : { hint }) });
}

/** A reply of 4xx is a no for now, as greylisting says it; one of 5xx is a no (RFC 5321, 4.2.1). */
function replied(
  where: string,
  { code, responseCode = 0, command = "", recipient }: NodemailerError,
  says: string,
): Undelivered {
  const about = recipient === undefined ? command : `RCPT TO ${recipient}`;
  const hint = code === "EAUTH" ? "check user and password" : HINTS[command];
  return new Undelivered(`${where}: ${about}: ${says}`, {
    retryable: responseCode >= 400 && responseCode < 500,
    ...(hint === undefined ? {} : { hint }),
  });
}

const HINTS: Readonly<Record<string, string>> = {
  STARTTLS: 'for a server that speaks TLS from the start say tls: "implicit"',
};

/** nodemailer puts its own code in front of the one of the socket; a connection that just ends has its own alone. */
function withSocketsCode({ message, code, originalCode }: NodemailerError): Error {
  const lost = code === "ECONNECTION" || code === "ESOCKET" ? "ECONNRESET" : code;
  return Object.assign(new Error(message), { code: originalCode ?? lost });
}

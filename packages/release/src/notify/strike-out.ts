import { redactorOf } from "@seaworthy/builder";
import type { Secret } from "@seaworthy/oci";

/** The text without these secrets, wherever it came from. */
export function strikeOut(text: string, secrets: readonly Secret[]): string {
  const redactor = redactorOf(secrets.map((secret) => secret.reveal()));
  return redactor.add(text) + redactor.end();
}

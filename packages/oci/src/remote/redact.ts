export const REDACTED = "[redacted]";

/** What somebody else says may repeat what it was sent, so nothing that looks like a secret is shown; all on one line. */
export function redact(text: string): string {
  return text
    .replaceAll(/eyJ[\w-]+\.[\w-]+\.?[\w-]*/g, REDACTED)
    .replaceAll(/\b(bearer|basic)\s+[\w\-.~+/=]{8,}/gi, `$1 ${REDACTED}`)
    .replaceAll(/(https?:\/\/[^\s?"']+)\?[^\s"']*/g, `$1?${REDACTED}`)
    .replaceAll(/(https?:\/\/)[^\s/@"']+@/g, `$1${REDACTED}@`)
    .replaceAll(/[^\P{C}]+/gu, " ");
}

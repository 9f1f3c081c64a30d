import type { SecretFinding, SecretPlace } from "@seaworthy/evidence/secrets";
import type { SecretsAnswer } from "./commands/secrets.ts";
import { table } from "./table.ts";

/** Findings as a table, else that there are none; and what was not looked at. */
export function secretsText({ scan, notes }: SecretsAnswer): string {
  const { findings, allowed, skipped, texts } = scan;
  const more = [
    ...notes,
    ...(allowed.length === 0 ? [] : [`${allowed.length} allowed`]),
    ...(skipped.binary === 0 ? [] : [`${skipped.binary} binary, not looked at`]),
    ...skipped.cut.map((path) => `${path}: only its beginning was looked at`),
    ...skipped.unreadable.map((path) => `${path}: cannot be read`),
  ];
  const head =
    findings.length === 0
      ? `no secrets in ${texts} texts`
      : table(["WHERE", "RULE", "SECRET", "FINGERPRINT", "NOTE"], findings.map(row));
  return [head, ...more.map((line) => table([""], [[line]]).trim())].join("\n");
}

/** As JSON, all of it; fingerprints are what a baseline takes. */
export function secretsJson({ scan, notes }: SecretsAnswer): string {
  return JSON.stringify({ ...scan, notes }, null, 2);
}

function row({ where, rule, redacted, fingerprint, note = "" }: SecretFinding): readonly string[] {
  return [placeText(where), rule, redacted, fingerprint.slice(0, 12), note];
}

export function placeText({ kind, path = "", line, commit, layer }: SecretPlace): string {
  const at = line === undefined ? path : `${path}:${line}`;
  switch (kind) {
    case "file":
      return at;
    case "commit":
      return `${commit?.slice(0, 12)} ${at}`;
    case "layer":
      return `layer ${layer} ${at}`;
    case "config":
    case "env":
    case "label":
    case "history":
    case "arg":
      return `${kind === "arg" ? "build argument, history" : kind} ${at}`;
  }
}

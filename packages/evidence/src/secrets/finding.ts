import { createHash } from "node:crypto";
import type { Match } from "./rule.ts";

export type SecretKind = "file" | "commit" | "layer" | "config" | "env" | "label" | "history" | "arg";

export interface SecretPlace {
  readonly kind: SecretKind;
  /** File; for what is in a config, the name of the variable or label, or the number of the history's line. */
  readonly path?: string;
  /** From 1. */
  readonly line?: number;
  readonly commit?: string;
  /** Position, 0 the lowest. */
  readonly layer?: number;
}

/** Where a secret is, never what it is. */
export interface SecretFinding {
  readonly rule: string;
  readonly where: SecretPlace;
  /** `ghp_…3f (40 characters)` */
  readonly redacted: string;
  /** The same for the same secret in the same file, whatever the line, commit or layer. */
  readonly fingerprint: string;
  /** Why something that wanted to allow it does not. */
  readonly note?: string;
}

/** Of a shorter secret, any part would be too much of it, and its length helps whoever guesses. */
const TELLABLE = 24;
/** A shorter secret can be guessed from its hash, and baselines are public. */
const HASHABLE = 20;

export function redactSecret(secret: string): string {
  if (secret.length < TELLABLE) return `… (under ${TELLABLE} characters)`;
  return `${secret.slice(0, 4)}…${secret.slice(-2)} (${secret.length} characters)`;
}

/**
 * Hash of rule, path and secret. Where the secret is short enough to be guessed, it is the line around it that counts in
 * its place: another short secret on that same line has the same fingerprint.
 * @param all what else was found in the text: no hash is taken of a line that holds any of it
 */
export function fingerprintOf(match: Match, path: string, text: string, all: readonly Match[]): string {
  const { rule, secret, start } = match;
  const what = secret.length < HASHABLE ? ["around", struck(lineAt(text, start), all)] : ["secret", secret];
  return createHash("sha256")
    .update(JSON.stringify([rule, path, ...what]))
    .digest("hex");
}

function struck(line: string, all: readonly Match[]): string {
  const secrets = new Set(all.map(({ secret }) => secret).filter((secret) => line.includes(secret)));
  return [...secrets]
    .toSorted((one, other) => other.length - one.length)
    .reduce((rest, secret) => (secret === "" ? rest : rest.replaceAll(secret, "…")), line);
}

/** The line that an offset is in, of a huge one what is near. */
export function lineAt(text: string, start: number): string {
  const from = Math.max(text.lastIndexOf("\n", start - 1) + 1, start - NEAR);
  const end = text.indexOf("\n", start);
  return text.slice(from, Math.min(end === -1 ? text.length : end, start + NEAR));
}

const NEAR = 1000;

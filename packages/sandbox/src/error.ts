import { SeaworthyError } from "@seaworthy/oci";
import { getSystemErrorName } from "node:util";

export type SandboxErrorCode =
  | "aborted"
  | "disk-full"
  | "invalid-layer"
  | "invalid-snapshot"
  | "namespace"
  | "not-permitted"
  | "overlay"
  | "path-escape"
  | "runtime-failed"
  | "runtime-missing"
  | "system-call"
  | "too-large"
  | "too-many-layers"
  | "unsupported-name";

export class SandboxError extends SeaworthyError<SandboxErrorCode> {}

const CODES: Readonly<Record<string, SandboxErrorCode>> = {
  ENOSPC: "disk-full",
  EDQUOT: "disk-full",
  EPERM: "not-permitted",
  EACCES: "not-permitted",
};

/** The kernel's names are for those who know them; these happen to everybody. */
const WORDS: Readonly<Record<string, string>> = {
  ENOSPC: "no space left (ENOSPC)",
  EDQUOT: "disk quota used up (EDQUOT)",
  EPERM: "not permitted (EPERM)",
  EACCES: "permission denied (EACCES)",
};

const HINTS: Partial<Record<SandboxErrorCode, string>> = {
  "disk-full": "free disk space, or keep the cache on a larger disk",
  "not-permitted": 'run "seaworthy doctor" to see which privilege is missing',
};

/** What a failed system call means to the user. `what` reads like `mkdir /store/tmp`; `name` is `ENOSPC` and so on. */
export function toSystemError(what: string, name: string, hint?: string, cause?: unknown): SandboxError {
  const code = CODES[name] ?? "system-call";
  const advice = hint ?? HINTS[code];
  return new SandboxError(code, `${what}: ${WORDS[name] ?? name}`, {
    ...(cause === undefined ? {} : { cause }),
    ...(advice === undefined ? {} : { hint: advice }),
  });
}

/** Translates what a Node file call threw; errors of the monorepo pass through. */
export function toSandboxError(what: string, error: unknown): SeaworthyError {
  if (error instanceof SeaworthyError) return error;
  const { code } = error as NodeJS.ErrnoException;
  if (typeof code === "string") return toSystemError(what, code, undefined, error);
  return new SandboxError("system-call", `${what}: ${String(error)}`, { cause: error });
}

export function errnoName(errno: number): string {
  return getSystemErrorName(-errno);
}

import type { Statement } from "@seaworthy/evidence";
import type { Source } from "../source.ts";
import type { StoredImage } from "@seaworthy/oci";

/** What a gate looks at: a digest and everything that is known about it. Nothing of it has left the machine yet. */
export interface GateSubject {
  /** Registry and repository, without tag. */
  readonly name: string;
  readonly version: string;
  readonly digest: string;
  readonly source: Source;
  readonly images: readonly StoredImage[];
  /** What this run and earlier ones found out about the digest and its platforms. */
  readonly evidence: readonly Statement[];
  /** The release that this one follows, as the registry has it; undefined where there is none. */
  readonly previous?: PreviousRelease;
}

export interface PreviousRelease {
  /** Its version where it says one, else the tag it was found by. */
  readonly version: string;
  readonly digest: string;
  readonly images: readonly StoredImage[];
}

export interface GateResult {
  readonly name: string;
  /** `skipped`: there was nothing to compare with. */
  readonly status: "passed" | "refused" | "skipped";
  readonly found: string;
  readonly allowed: string;
  /** What to do where it refused. */
  readonly hint?: string;
}

/** Decides about a digest before it leaves the machine. */
export interface Gate {
  readonly name: string;
  /** For people: what it lets through. */
  readonly allowed: string;
  /** Rejects only where it could not look; that refuses too. */
  check(subject: GateSubject, signal: AbortSignal): Promise<readonly GateResult[]>;
}

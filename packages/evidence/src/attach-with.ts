import type { Descriptor, Repository } from "@seaworthy/oci";
import { type AttachOptions, attachStatement } from "./attach.ts";
import type { EvidenceError } from "./error.ts";
import { isUnavailable } from "./signing/fallback.ts";
import type { Signer } from "./signing/signer.ts";
import type { Statement } from "./statement.ts";

export type Attach = (
  repository: Repository,
  subject: Descriptor,
  statement: Statement,
  options: Pick<AttachOptions, "key" | "signal">,
) => Promise<Descriptor>;

export interface AttachWithOptions {
  readonly now: () => Date;
  /**
   * Told once where nobody can be reached who signs; that statement and all that follow are attached unsigned. Without
   * it that is an error: nothing is left unsigned by accident.
   */
  readonly onUnsigned?: (why: EvidenceError) => void;
}

/** `attachStatement` for whoever signs all they attach. */
export function attachWith(signer: Signer, { now, onUnsigned }: AttachWithOptions): Attach {
  let reached = true;
  return async (repository, subject, statement, options) => {
    if (!reached) return attachStatement(repository, subject, statement, options);
    try {
      return await attachStatement(repository, subject, statement, { ...options, signer, now });
    } catch (error) {
      if (onUnsigned === undefined || !isUnavailable(error)) throw error;
      if (reached) onUnsigned(error);
      reached = false;
      return attachStatement(repository, subject, statement, options);
    }
  };
}

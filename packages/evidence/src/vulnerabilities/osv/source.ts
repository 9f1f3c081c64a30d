import type { AdvisoryIndex } from "./index-file.ts";
import type { Ecosystem } from "./ecosystem.ts";

/** Where advisories come from. */
export interface AdvisorySource {
  /** An address or a folder, for people. */
  readonly place: string;
  /**
   * The advisories of an ecosystem, to be closed by whoever asked. None, or too old ones, are an error: nobody may take
   * them for none that matter.
   * @throws EvidenceError `no-advisories`, `stale-advisories`, `invalid-advisories`, `unreachable`; OciError `aborted`
   */
  open(ecosystem: Ecosystem, signal: AbortSignal): Promise<OpenAdvisories>;
}

export interface OpenAdvisories {
  readonly index: AdvisoryIndex;
  /** When it was last known to be what the source has, RFC 3339. */
  readonly current: string;
  /** Why it is not as fresh as it should be, where it is not. */
  readonly note?: string;
}

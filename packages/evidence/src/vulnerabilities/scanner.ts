import type { StoredImage } from "@seaworthy/oci";
import type { Inventory } from "../inventory/package.ts";
import type { Finding } from "./finding.ts";

/** One platform's image, and what is in it. */
export interface ScanSubject {
  readonly image: StoredImage;
  readonly inventory: Inventory;
}

/** Finds known vulnerabilities of what is in an image. */
export interface Scanner {
  readonly name: string;
  /**
   * The same subject and the same data, the same report. Rejects only where it was stopped: what it could not look at
   * is a problem of the report, because a gate must refuse it rather than take it for health.
   */
  scan(subject: ScanSubject, signal: AbortSignal): Promise<ScanReport>;
}

export interface ScanReport {
  /** Of the image's manifest. */
  readonly digest: string;
  /** `linux/amd64` */
  readonly platform: string;
  readonly scanner: { readonly name: string; readonly version: string };
  readonly database: DatabaseFacts;
  /** Worst first. */
  readonly findings: readonly Finding[];
  readonly problems: readonly ScanProblem[];
}

/** What the scanner knew. */
export interface DatabaseFacts {
  /** Where the data comes from: an address or a folder. */
  readonly source: string;
  /** Changes with the data; empty where there was none. */
  readonly version: string;
  /** When the oldest part of the data was last known to be current, RFC 3339; missing where there was none. */
  readonly updated?: string;
  readonly ecosystems: readonly {
    readonly name: string;
    readonly advisories: number;
    readonly updated: string;
  }[];
  /** Where it is known what is exploited: how current that is. */
  readonly exploited?: { readonly source: string; readonly updated: string };
}

export interface ScanProblem {
  /**
   * `blind`: nobody knows anything about some packages, so silence about them means nothing. `unread`: something in the
   * image could not be read, and may hold packages. `note`: worth knowing.
   */
  readonly kind: "blind" | "unread" | "note";
  readonly message: string;
  readonly hint?: string;
}

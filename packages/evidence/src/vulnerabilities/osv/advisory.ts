/** What a record of an OSV database says, as far as it is used here (OSV schema 1.x). */
export interface Advisory {
  readonly id: string;
  readonly aliases: readonly string[];
  /** What a distribution's advisory is about: several may be in one. */
  readonly upstream: readonly string[];
  readonly summary: string;
  /** CVSS 3 and 4. */
  readonly vectors: readonly string[];
  /** The database's own word where it has one: `HIGH`, `MODERATE`. */
  readonly word?: string;
  readonly published?: string;
  readonly disputed?: true;
}

/** Which versions of one package an advisory is about. */
export interface Affected {
  /** `npm`, `Debian:13` */
  readonly release: string;
  readonly name: string;
  readonly ranges: readonly Range[];
  /** Beside what the ranges hold. */
  readonly versions: readonly string[];
  /** CVSS 3 and 4 for this package. */
  readonly vectors: readonly string[];
  /** Debian's: `unimportant`, `not yet assigned`, `low`, `end-of-life`. */
  readonly urgency?: string;
}

/** Events of one range, in the order of the record. Ranges of git commits are left out: images hold versions. */
export type Range = readonly RangeEvent[];

export interface RangeEvent {
  readonly at: "introduced" | "fixed" | "last_affected" | "limit";
  readonly version: string;
}

export interface OsvRecord {
  readonly advisory: Advisory;
  readonly affected: readonly Affected[];
  /** When it was last changed, RFC 3339. */
  readonly modified: string;
  readonly withdrawn: boolean;
}

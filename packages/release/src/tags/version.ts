// Two functions, not the whole library: that alone would take longer to load than all else here.
import compare from "semver/functions/compare.js";
import parse from "semver/functions/parse.js";
import { type Pep440, comparePep440, parsePep440 } from "./pep440.ts";

/** A version as Semantic Versioning 2.0.0 reads it; the one place that knows the library. */
export interface Version {
  /** As it was written. */
  readonly raw: string;
  /** Without `v` and without build metadata. */
  readonly version: string;
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  readonly prerelease: readonly (string | number)[];
  readonly build: readonly string[];
}

const MAX_LENGTH = 256;

/** `1.2.3` or `v1.2.3`, strictly; undefined for everything else, `1.2` and `1.2.3.4` among it. */
export function parseVersion(text: string): Version | undefined {
  if (text.length > MAX_LENGTH || text !== text.trim() || text.startsWith("=")) return undefined;
  return parse(text) ?? undefined;
}

/**
 * Below 0 where `a` is older. Semantic versions are compared as such (build metadata does not count); else both as
 * PEP 440. Undefined where they are not of one kind: then neither is older.
 */
export function compareVersions(a: string, b: string): number | undefined {
  const [left, right] = [parseVersion(a), parseVersion(b)];
  if (left !== undefined && right !== undefined) return compare(left.version, right.version);
  const [one, other] = [parsePep440(a), parsePep440(b)];
  return one === undefined || other === undefined ? undefined : comparePep440(one, other);
}

const UNSTABLE =
  /^v?\d.*(?:a|b|c|alpha|beta|rc|pre|preview|dev|snapshot|nightly|canary|next|milestone|m)[-._]?\d*$/i;

/** Release candidates and their like, also where the text is no version that could be parsed (`1.2.3.4-rc1`). */
export function isPrerelease(text: string): boolean {
  const version = parseVersion(text);
  if (version !== undefined) return version.prerelease.length > 0;
  const python: Pep440 | undefined = parsePep440(text);
  if (python !== undefined) return python.pre !== undefined || python.dev !== undefined;
  return UNSTABLE.test(text);
}

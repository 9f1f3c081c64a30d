import { type SemVer, compare, parse } from "semver";
import type { VersionOrder } from "./order.ts";

/** `1`, `1.2`: what is left out is 0. A third number, or more digits, and semver reads it itself. */
const SHORT = /^(\d+)(?:\.(\d+))?(?![\d.])(.*)$/;

/**
 * npm, crates.io and Go. Read loosely, as npm does: `v1.2.3`, `=1.2.3`, `1.2.3beta`. Go's own versions (`go1.22rc1`,
 * `v2.0.0+incompatible`, `(devel)` is none) become what its advisories write.
 */
export const semverOrder: VersionOrder<SemVer> = {
  parse(text) {
    const bare = text.trim().replace(/^(?:go|=?v?)/i, "");
    const short = SHORT.exec(bare);
    const [, major, minor = "0", rest = ""] = short ?? [];
    const full = short === null ? bare : `${major}.${minor}.0${rest}`;
    return parse(full, { loose: true }) ?? undefined;
  },
  compare,
};

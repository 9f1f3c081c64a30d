import type { Ecosystem } from "../osv/ecosystem.ts";
import { apkOrder } from "./apk.ts";
import { dpkgOrder } from "./dpkg.ts";
import { gemOrder } from "./gem.ts";
import { mavenOrder } from "./maven.ts";
import { type VersionOrder, bounded } from "./order.ts";
import { pep440Order } from "./pep440.ts";
import { semverOrder } from "./semver.ts";

/** Text in, so that nobody compares versions of two ecosystems. */
export interface Versions {
  /** Undefined where one of the two is no version of the ecosystem. */
  compare(a: string, b: string): number | undefined;
}

const ORDERS: Readonly<Record<Ecosystem, Versions>> = {
  Debian: versions(dpkgOrder),
  Alpine: versions(apkOrder),
  npm: versions(semverOrder),
  PyPI: versions(pep440Order),
  Go: versions(semverOrder),
  Maven: versions(mavenOrder),
  RubyGems: versions(gemOrder),
  "crates.io": versions(semverOrder),
};

export function versionsOf(ecosystem: Ecosystem): Versions {
  return ORDERS[ecosystem];
}

function versions<Version>(order: VersionOrder<Version>): Versions {
  const within = bounded(order);
  return {
    compare(a, b) {
      const [left, right] = [within.parse(a), within.parse(b)];
      return left === undefined || right === undefined ? undefined : within.compare(left, right);
    },
  };
}

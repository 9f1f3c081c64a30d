import type { Digest } from "@seaworthy/oci";
import { planRetention } from "../packages/release/src/retention/plan.ts";
import { DEFAULT_RULES } from "../packages/release/src/retention/policy.ts";
import type { Links } from "../packages/release/src/retention/links.ts";
import type { Item, Survey } from "../packages/release/src/retention/survey.ts";
import type { Figure } from "./releases.ts";

const RELEASES = 5_000;
const RUNS = 5;
const NOW = Date.parse("2026-11-25T00:00:00Z");
const HOUR = 3_600_000;

/** What a plan costs once everything is listed and read. */
export function measureRetention(): Figure {
  const found = yearsOfReleases();
  const wishes = {
    policy: { newest: 10, rollbacks: 3, untagged: 24 * HOUR, rules: DEFAULT_RULES },
    deployed: [],
    protect: new Map(),
    now: NOW,
  };
  const times = Array.from({ length: RUNS }, () => {
    const started = performance.now();
    planRetention(found, wishes);
    return performance.now() - started;
  });
  const ms = times.toSorted((a, b) => a - b)[RUNS >> 1] ?? Number.NaN;
  return { name: `clean, plan of ${RELEASES} releases`, ms, target: 2_000 };
}

/** One an hour: an index of two platforms, each with an SBOM, a signature and a record, and lists of referrers. */
function yearsOfReleases(): Survey {
  const items = new Map<Digest, Item>();
  let made = 0;
  const digest = (): Digest => `sha256:${(made++).toString(16).padStart(64, "0")}` as Digest;
  const add = (at: number, more: Partial<Links>, tags: readonly string[] = []): Digest => {
    const own = digest();
    const links = { size: 1_000, children: [], contents: [], ...more };
    items.set(own, { digest: own, tags, at, links });
    return own;
  };
  const base = Array.from({ length: 4 }, () => ({ digest: digest(), size: 10_000_000 }));
  for (let release = 0; release < RELEASES; release += 1) {
    const at = NOW - release * HOUR;
    const attach = (subject: Digest): void => {
      const referrer = add(at, { subject, contents: [{ digest: digest(), size: 5_000 }] });
      add(at, { children: [referrer] }, [`sha256-${subject.slice(7)}`]);
    };
    const platform = (): Digest =>
      add(at, {
        contents: [...base, { digest: digest(), size: 3_000_000 }, { digest: digest(), size: 2_000 }],
      });
    const children = [platform(), platform()];
    const tag = release % 50 === 0 ? `v1.${release}.0` : `main-${release.toString(16).padStart(7, "0")}`;
    const index = add(at, { children }, [tag]);
    for (const subject of [index, ...children]) attach(subject);
  }
  return { name: "bench", items, others: [], dangling: [] };
}

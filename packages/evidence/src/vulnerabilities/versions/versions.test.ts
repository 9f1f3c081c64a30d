import { execFileSync } from "node:child_process";
import * as fc from "fast-check";
import mvncmp from "mvncmp";
import { describe, expect, it } from "vitest";
import { apkOrder } from "./apk.ts";
import { dpkgOrder } from "./dpkg.ts";
import { gemOrder } from "./gem.ts";
import { mavenOrder } from "./maven.ts";
import { type VersionOrder, bounded } from "./order.ts";
import { pep440Order } from "./pep440.ts";
import { semverOrder } from "./semver.ts";

type Order = VersionOrder;

/**
 * Pieces that versions of the ecosystem are made of, so that what is made at random is often close to another. Maven's
 * own order is transitive only where words stand behind a hyphen (1.foo > 1 > 1-alpha > 1.foo), and where those that
 * mean the release are the last.
 */
const MAVEN = [
  "1",
  "10",
  ".0",
  ".1",
  ".10",
  "-alpha",
  "-alpha-1",
  "-b2",
  "-rc",
  "-SNAPSHOT",
  "-sp",
  "-foo",
  "-1",
];
const ORDERS: readonly (readonly [string, Order, readonly string[]])[] = [
  ["dpkg", dpkgOrder, ["0", "1", "10", "009", ".", "~", "+", "-", "a", "Z", ":", "deb13u1", "rc"]],
  ["apk", apkOrder, ["0", "1", "10", "05", ".", "a", "_rc", "_p", "_alpha1", "~ab", "-r0", "-r10"]],
  ["semver", semverOrder, ["0", "1", "10", ".", "-", "rc", "beta.1", "v", "+b", ".0", "1.2.3"]],
  ["pep440", pep440Order, ["0", "1", "10", ".", "a1", "rc1", ".post1", ".dev0", "1!", "+l.1"]],
  ["maven", mavenOrder, MAVEN],
  ["gem", gemOrder, ["0", "1", "10", ".", ".a", ".rc1", ".0", "-", "Z", ".pre"]],
];

const versionsFrom = (order: Order, pieces: readonly string[]): fc.Arbitrary<string> =>
  fc
    .array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 7 })
    .map((parts) => parts.join(""))
    .filter((text) => order.parse(text) !== undefined);

function sign(order: Order, a: string, b: string): number {
  const difference = order.compare(order.parse(a), order.parse(b));
  expect(difference).not.toBeNaN();
  return Math.sign(difference);
}

describe.each(ORDERS)("the order of %s", (_, order, pieces) => {
  const any = versionsFrom(order, pieces);

  it("is reflexive and antisymmetric", () => {
    fc.assert(
      fc.property(any, any, (a, b) => {
        expect(sign(order, a, a)).toBe(0);
        // -0 is not 0 for expect.
        expect(sign(order, a, b) + sign(order, b, a)).toBe(0);
      }),
      { numRuns: 300 },
    );
  });

  it("is transitive", () => {
    fc.assert(
      fc.property(fc.tuple(any, any, any), (three) => {
        const [a, b, c] = three.toSorted((x, y) => sign(order, x, y)) as [string, string, string];
        expect([sign(order, a, b), sign(order, b, c), sign(order, a, c)]).not.toContain(1);
      }),
      { numRuns: 1000 },
    );
  });

  const long = (length: number): readonly string[] => [
    "1".repeat(length),
    "1.".repeat(length / 2),
    "1-".repeat(length / 2),
    "a1".repeat(length / 2),
    `1.0${"_p1".repeat(length / 3 - 2)}!`,
    `1${"-a.".repeat(length / 3 - 2)}_`,
    `${" ".repeat(length - 1)}x`,
  ];
  const ODD = ["١.٢.٣", "1.0\u0000", "𝟙.0", "__proto__", "constructor", ""];

  it("answers hostile texts at once", () => {
    const within = bounded(order);
    const started = performance.now();
    const parsed = [...long(512), ...ODD]
      .map((text) => within.parse(text))
      .filter((version) => version !== undefined);
    for (const a of parsed) for (const b of parsed) expect(within.compare(a, b)).not.toBeNaN();
    expect(long(10_000).map((text) => within.parse(text))).toEqual(Array(7).fill(undefined));
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

const cases: readonly (readonly [string, Order, string])[] = [
  ["dpkg", dpkgOrder, "1.0~rc1 < 1.0 < 1.0-1 < 1.0-1+deb13u1 < 1.0-2 < 1.0+b1 < 1.1 < 1.10 < 1:0.1"],
  ["dpkg", dpkgOrder, "2.36-9+deb12u3 < 2.36-9+deb12u10 < 2.36-10"],
  ["dpkg", dpkgOrder, "1.0 = 1.0-0 = 0:1.00"],
  ["dpkg", dpkgOrder, "1:1.2.13.dfsg-1 < 1:1.3.dfsg+really1.3.1-1"],
  ["apk", apkOrder, "0.1.0_alpha < 0.1.3_alpha < 0.12.2 < 0.13_beta2 < 0.13_beta3"],
  ["apk", apkOrder, "6.0_pre1 < 6.0_rc < 6.0 < 6.0-r1 < 6.0_p1 < 6.0_p1-r1 < 6.0a < 6.0.1"],
  ["apk", apkOrder, "1.05 < 1.06-r6 < 1.1 < 3.1_p17"],
  ["apk", apkOrder, "1.6.8_p9-r2 < 1.6.8_p12-r1"],
  ["apk", apkOrder, "1.0~1234-r1 < 1.0~2345-r0"],
  ["apk", apkOrder, "006 > 1.0.0"],
  ["apk", apkOrder, "3.0.9-r2 < 3.0.10-r0"],
  ["semver", semverOrder, "1.0.0-alpha < 1.0.0-alpha.1 < 1.0.0-beta.2 < 1.0.0-beta.11 < 1.0.0-rc.1 < 1"],
  ["semver", semverOrder, "v1.2.3 = 1.2.3+build = =1.2.3 = 1.2.3"],
  ["semver", semverOrder, "v0.0.0-20190101000000-abcdef123456 < v0.0.0-20210101000000-abcdef123456 < 0.1"],
  ["semver", semverOrder, "1.22.0-0 < go1.22rc1 < go1.22 = 1.22.0 < go1.22.1 < go1.23"],
  ["semver", semverOrder, "v2.0.0+incompatible = 2.0.0"],
  ["pep440", pep440Order, "1.0.dev1 < 1.0a1 < 1.0b2 < 1.0rc1 < 1.0 = 1.0.0 < 1.0+local < 1.0.post1 < 1!0.1"],
  ["maven", mavenOrder, "1-alpha2snapshot < 1-alpha2 < 1-alpha-123 < 1-beta-2 < 1-beta123 < 1-m2 < 1-m11"],
  ["maven", mavenOrder, "1-m11 < 1-rc < 1-rc2 < 1-rc123 < 1-snapshot < 1 < 1-sp < 1-sp2 < 1-sp123 < 1-abc"],
  ["maven", mavenOrder, "1-abc < 1-def < 1-pom-1 < 1-1-snapshot < 1-1 < 1-2 < 1-123"],
  ["maven", mavenOrder, "1 = 1.0 = 1.0.0 = 1-0 = 1-ga = 1.0.0-Final = 1-RELEASE"],
  ["maven", mavenOrder, "2.0-beta9 < 2.0 < 2.3.1 < 2.12.2 < 2.13.0 < 2.15.0"],
  ["maven", mavenOrder, "5.3.17.RELEASE = 5.3.17 < 5.3.18"],
  ["maven", mavenOrder, "31.1-android < 31.1-jre < 32.0.0-android"],
  ["gem", gemOrder, "1.0.0.a < 1.0.0.a.2 < 1.0.0.b1 < 1.0.0.rc1 < 1 = 1.0 = 1.0.0 < 1.0.1 < 1.10"],
  ["gem", gemOrder, "1.8.2.a = 1.8.2.a0 < 1.8.2.a10 < 1.8.2"],
  ["gem", gemOrder, "1.0.0-1 < 1.0.0"],
];

describe("known orders", () => {
  it.each(cases)("%s: %#. %o", (_, order, chain) => {
    const [first = "", ...rest] = chain.split(" ");
    let before = first;
    for (let at = 0; at < rest.length; at += 2) {
      const [relation = "", version = ""] = rest.slice(at);
      expect(`${before} ${"<=>"[sign(order, before, version) + 1]} ${version}`).toBe(
        `${before} ${relation} ${version}`,
      );
      before = version;
    }
  });

  it.each<[string, Order, readonly string[]]>([
    ["dpkg", dpkgOrder, ["", "1 2", "-1", ":1", "a:1", "1_2", "1.0/2", "é"]],
    ["apk", apkOrder, ["", "0.1bc", "0.1a.1", "0.1_foobar", "0.1_pre2~", "0.1-r", "0.1-r2_pre1", ".1", "a"]],
    ["semver", semverOrder, ["", "latest", "(devel)", "1.2.3.4", "workspace:*", "1.x"]],
    ["pep440", pep440Order, ["", "french toast", "1.0-x", "2004d."]],
    ["maven", mavenOrder, ["", "1 0", ".1", "-1", "${project.version}", "1\u00e9"]],
    ["gem", gemOrder, ["", "junk", "1..2", "1.2 3", "1.0-"]],
  ])("%s takes for no version what is none", (_, order, texts) => {
    expect(texts.filter((text) => order.parse(text) !== undefined)).toEqual([]);
  });
});

/** One process for all: `dpkg --compare-versions` takes one pair. */
function dpkgSays(pairs: readonly (readonly [string, string])[]): readonly string[] {
  const script = `while read -r a b; do
    if dpkg --compare-versions "$a" lt "$b"; then echo "<"
    elif dpkg --compare-versions "$a" gt "$b"; then echo ">"
    else echo "="; fi; done`;
  const input = pairs.map((pair) => `${pair.join(" ")}\n`).join("");
  return execFileSync("sh", ["-c", script], { input, encoding: "utf8", stdio: ["pipe", "pipe", "ignore"] })
    .trim()
    .split("\n");
}

describe("against others who know", () => {
  const pairs = (pieces: readonly string[], order: Order, count: number) =>
    fc.sample(fc.tuple(versionsFrom(order, pieces), versionsFrom(order, pieces)), {
      numRuns: count,
      seed: 11,
    });
  const relation = (difference: number): string => "<=>"[Math.sign(difference) + 1]!;
  /** Where they think otherwise than we do. */
  const disputes = (
    order: Order,
    sample: readonly (readonly [string, string])[],
    says: (pair: readonly [string, string], at: number) => string,
  ): readonly string[] =>
    sample.flatMap(([a, b], at) => {
      const [ours, theirs] = [relation(sign(order, a, b)), says([a, b], at)];
      return ours === theirs ? [] : [`${a} ${theirs} ${b}, not ${ours}`];
    });

  it("orders as dpkg itself does", () => {
    // It wants a digit first, and something after the last hyphen.
    const pieces = ["0", "1", "10", "009", ".", "~", "+", "-", "a", "Z", "deb13u1", "rc"];
    const sample = pairs(pieces, dpkgOrder, 150).map(([a, b]) => [`1${a}1`, `1${b}1`] as const);
    const answers = dpkgSays(sample);
    expect(disputes(dpkgOrder, sample, (_, at) => answers[at]!)).toEqual([]);
  });

  it("orders Maven's versions as mvncmp does", () => {
    const sample = pairs(MAVEN, mavenOrder, 1_000);
    expect(disputes(mavenOrder, sample, (pair) => relation(mvncmp.compare(...pair)))).toEqual([]);
  });
});

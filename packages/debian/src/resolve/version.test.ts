import { spawnSync } from "node:child_process";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareVersions, satisfies } from "./version.ts";

describe("Debian versions", () => {
  it.each([
    ["1.0", "1.0", 0],
    ["1.0", "1.0-0", 0],
    ["0:1.0", "1.0", 0],
    ["1.00", "1.0", 0],
    ["1.0~rc1", "1.0", -1],
    ["1.0~~", "1.0~", -1],
    ["1.0", "1.0a", -1],
    ["1.0a", "1.0+", -1],
    ["1.0-1", "1.0-1+b1", -1],
    ["1.0-1", "1.0-1~bpo12+1", 1],
    ["1:0.1", "9.9", 1],
    ["2.41-12+deb13u5", "2.41-12", 1],
    ["1.9", "1.10", -1],
    ["20250419", "20250419+deb13u1", -1],
    ["1-2-3", "1-2-4", -1],
    ["1.0-9", "1.0.1-1", -1],
    ["99999999999999999999", "99999999999999999998", 1],
  ])("orders %s and %s: %i", (a, b, order) => {
    expect(Math.sign(compareVersions(a, b))).toBe(order);
    expect(Math.sign(compareVersions(b, a))).toBe(order === 0 ? 0 : -order);
  });

  it.each([
    ["1.0", "<<", "1.0", false],
    ["1.0", "<=", "1.0", true],
    ["1.0", "=", "1.0-0", true],
    ["1.0", ">=", "1.1", false],
    ["1.2", ">>", "1.1", true],
  ] as const)("%s %s %s is %s", (version, operator, bound, accepted) => {
    expect(satisfies(version, operator, bound)).toBe(accepted);
  });

  const part = fc.stringMatching(/^[0-9][0-9A-Za-z.+~]{0,6}$/);
  const version = fc
    .tuple(fc.option(fc.nat(3), { nil: undefined }), part, fc.option(part, { nil: undefined }))
    .map(([epoch, upstream, revision]) =>
      [epoch === undefined ? "" : `${epoch}:`, upstream, revision === undefined ? "" : `-${revision}`].join(
        "",
      ),
    );

  it("is an order: antisymmetric, and sorting is stable whatever the order to begin with", () => {
    fc.assert(
      fc.property(fc.array(version, { minLength: 2, maxLength: 8 }), (versions) => {
        const sorted = versions.toSorted(compareVersions);
        const again = versions.toReversed().toSorted(compareVersions);
        expect(sorted.map((each, at) => compareVersions(each, again[at]!))).toEqual(sorted.map(() => 0));
        const [a, b] = [versions[0]!, versions[1]!];
        expect(Math.sign(compareVersions(a, b)) + Math.sign(compareVersions(b, a))).toBe(0);
      }),
    );
  });

  it.skipIf(spawnSync("dpkg", ["--version"]).status !== 0)("agrees with dpkg where there is one", () => {
    fc.assert(
      fc.property(version, version, (a, b) => {
        const isOlder = spawnSync("dpkg", ["--compare-versions", a, "lt", b]).status === 0;
        const isEqual = spawnSync("dpkg", ["--compare-versions", a, "eq", b]).status === 0;
        expect([compareVersions(a, b) < 0, compareVersions(a, b) === 0]).toEqual([isOlder, isEqual]);
      }),
      { numRuns: 150 },
    );
  });
});

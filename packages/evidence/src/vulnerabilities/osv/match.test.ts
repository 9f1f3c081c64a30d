import { describe, expect, it } from "vitest";
import { versionsOf } from "../versions/order-of.ts";
import type { Affected, Range, RangeEvent } from "./advisory.ts";
import { match } from "./match.ts";

/** `introduced 1 fixed 2` */
const range = (text: string): Range =>
  [...text.matchAll(/(\w+) (\S+)/g)].map(([, at, version]) => ({ at, version }) as RangeEvent);

const affected = (ranges: readonly string[], versions: readonly string[] = []): Affected => ({
  release: "npm",
  name: "x",
  ranges: ranges.map(range),
  versions,
  vectors: [],
});

const npm = versionsOf("npm");

describe("a version in ranges", () => {
  it.each<[string, readonly string[], object | undefined]>([
    ["1.0.0", ["introduced 0"], {}],
    ["1.0.0", ["introduced 0 fixed 1.0.1"], { fixedIn: "1.0.1" }],
    ["1.0.1", ["introduced 0 fixed 1.0.1"], undefined],
    ["1.0.1-rc.1", ["introduced 0 fixed 1.0.1"], { fixedIn: "1.0.1" }],
    ["0.9.0", ["introduced 1.0.0 fixed 1.0.1"], undefined],
    ["1.0.0", ["introduced 1.0.0 fixed 1.0.1"], { fixedIn: "1.0.1" }],
    ["1.0.1", ["introduced 0 last_affected 1.0.1"], {}],
    ["1.0.2", ["introduced 0 last_affected 1.0.1"], undefined],
    // Events out of order, several intervals, several ranges.
    ["2.5.0", ["fixed 3.0.0 introduced 2.0.0 fixed 1.5.0 introduced 0"], { fixedIn: "3.0.0" }],
    ["1.7.0", ["fixed 3.0.0 introduced 2.0.0 fixed 1.5.0 introduced 0"], undefined],
    ["2.0.0", ["introduced 0 fixed 1.0.0", "introduced 2.0.0 fixed 2.0.1"], { fixedIn: "2.0.1" }],
    ["1.0.0", ["introduced 0 fixed 3.0.0", "introduced 0 fixed 1.5.0"], { fixedIn: "1.5.0" }],
    ["1.0.0", ["introduced 0 fixed 2.0.0 limit 1.0.0"], undefined],
    ["0.9.9", ["introduced 0 fixed 2.0.0 limit 1.0.0"], { fixedIn: "2.0.0" }],
    ["0.9.9", ["introduced 0 limit *"], {}],
    // Never affected, as Debian writes it.
    ["1.0.0", ["introduced 0 fixed 0"], undefined],
    ["1.0.0", [""], undefined],
    ["1.0.0", [], undefined],
  ])("%s in %o", (version, ranges, expected) => {
    expect(match(version, affected(ranges), npm)).toEqual(expected);
  });

  it.each<[string, string, readonly string[], readonly string[]]>([
    ["its version is none", "workspace:*", ["introduced 0 fixed 1.0.0"], []],
    ["the advisory's version is none", "1.0.0", ["introduced 0 fixed next"], []],
    ["two of the advisory's versions are none", "1.0.0", ["introduced a fixed b"], []],
  ])("is taken for affected where %s", (_, version, ranges, list) => {
    expect(match(version, affected(ranges, list), npm)).toEqual({ uncertain: true });
  });

  it("is affected for certain where one range says so", () => {
    expect(match("1.0.0", affected(["introduced 0 fixed next", "introduced 0 fixed 2.0.0"]), npm)).toEqual({
      fixedIn: "2.0.0",
    });
  });

  it("is compared as its ecosystem does", () => {
    const debian = affected(["introduced 0 fixed 3.0.11-1~deb12u2"]);
    expect(match("3.0.11-1~deb12u1", debian, versionsOf("Debian"))).toEqual({ fixedIn: "3.0.11-1~deb12u2" });
    expect(match("3.0.11-1", debian, versionsOf("Debian"))).toBeUndefined();
  });
});

describe("a listed version", () => {
  it("is affected as it is written, whatever the ranges say", () => {
    expect(match("1.0.0", affected([], ["0.9.0", "1.0.0"]), npm)).toEqual({});
    expect(match("1.0.0", affected(["introduced 2.0.0"], ["1.0.0"]), npm)).toEqual({});
    expect(match("1.0.0", affected([], ["1.0.1"]), npm)).toBeUndefined();
  });

  it("need not be one that can be compared", () => {
    expect(match("french toast", affected(["introduced 0"], ["french toast"]), npm)).toEqual({});
  });
});

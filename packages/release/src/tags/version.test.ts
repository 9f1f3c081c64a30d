import { describe, expect, it } from "vitest";
import { formatPep440, parsePep440 } from "./pep440.ts";
import { formatMoment } from "./rules/moment.ts";
import { compareVersions, isPrerelease, parseVersion } from "./version.ts";

describe("parseVersion", () => {
  it.each([
    "1.2",
    "1",
    "1.2.3.4",
    "01.2.3",
    " 1.2.3",
    "=1.2.3",
    "x1.2.3",
    "",
    "1.2.3-",
    `1.2.3-${"a".repeat(300)}`,
  ])("takes %j for no version", (text) => expect(parseVersion(text)).toBeUndefined());
});

describe("PEP 440", () => {
  it("orders as the specification's example", () => {
    const ordered = [
      "1.0.dev456",
      "1.0a1",
      "1.0a2.dev456",
      "1.0a12.dev456",
      "1.0a12",
      "1.0b1.dev456",
      "1.0b2",
      "1.0b2.post345.dev456",
      "1.0b2.post345",
      "1.0rc1.dev456",
      "1.0rc1",
      "1.0",
      "1.0+abc.5",
      "1.0+abc.7",
      "1.0+5",
      "1.0.post456.dev34",
      "1.0.post456",
      "1.0.15",
      "1.1.dev1",
      "1!0.1",
    ];
    for (let at = 1; at < ordered.length; at++) {
      expect([ordered[at], compareVersions(ordered[at - 1]!, ordered[at]!)! < 0]).toEqual([
        ordered[at],
        true,
      ]);
    }
  });

  it.each([
    ["1.1RC1", "1.1rc1"],
    ["v1.0", "1.0"],
    ["1.1.a-1", "1.1a1"],
    ["1.1alpha1", "1.1a1"],
    ["1.1-c3", "1.1rc3"],
    ["1.2a", "1.2a0"],
    ["1.0-1", "1.0.post1"],
    ["1.2.r2", "1.2.post2"],
    ["1.2-dev", "1.2.dev0"],
    ["1.0+Ubuntu-1", "1.0+ubuntu.1"],
    ["00!1.02", "1.2"],
  ])("%s is %s", (text, normal) => {
    expect(formatPep440(parsePep440(text)!)).toBe(normal);
  });

  it.each(["", "a", "1.0x", "1..0", "1.0+", "1.0+a..b", "v"])("%j is none", (text) => {
    expect(parsePep440(text)).toBeUndefined();
  });
});

describe("isPrerelease", () => {
  it.each([
    ["1.2.3", false],
    ["1.2.3-rc.1", true],
    ["1.2.3.4-rc1", true],
    ["1.2rc1", true],
    ["1.2.post1", false],
    ["1.2.3.4-alpine", false],
    ["release1", false],
    ["20200110-RC2", true],
  ])("%s: %s", (text, is) => expect(isPrerelease(text)).toBe(is));
});

describe("formatMoment", () => {
  const time = Date.parse("2021-01-03T23:05:09.087Z");
  it.each([
    ["YYYY-MM-DD HH:mm:ss.SSS", "2021-01-03 23:05:09.087"],
    ["YY M D H h m s S SS A a", "21 1 3 23 11 5 9 0 08 PM pm"],
    ["MMM MMMM ddd dddd dd d e E", "Jan January Sun Sunday Su 0 0 7"],
    ["Do Mo Qo DDDo [Q]Q DDD DDDD", "3rd 1st 1st 3rd Q1 3 003"],
    ["GGGG-[W]WW W gggg-ww w", "2020-W53 53 2021-02 2"],
    ["X x Z ZZ z k kk", `${Math.floor(time / 1000)} ${time} +00:00 +0000 UTC 23 23`],
    [
      "LT | LTS | L | l | LL | ll",
      "11:05 PM | 11:05:09 PM | 01/03/2021 | 1/3/2021 | January 3, 2021 | Jan 3, 2021",
    ],
    ["[at] YYYY", "at 2021"],
  ])("%s", (format, expected) => {
    expect(formatMoment(time, format)).toBe(expected);
  });

  it("moves into a zone, over midnight and with its summer time", () => {
    expect(formatMoment(time, "YYYY-MM-DD HH:mm Z", "Asia/Kolkata")).toBe("2021-01-04 04:35 +05:30");
    expect(formatMoment(Date.parse("2021-07-01T00:30:00Z"), "MM-DD HH:mm ZZ", "America/New_York")).toBe(
      "06-30 20:30 -0400",
    );
  });
});

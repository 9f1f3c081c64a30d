import { describe, expect, it } from "vitest";
import { rate, worst } from "./cvss.ts";
import { severityNamed, severityOf } from "./severity.ts";

describe("CVSS", () => {
  // From FIRST's own examples and NVD.
  it.each([
    ["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 10],
    ["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8],
    ["CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1],
    ["CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", 7.8],
    ["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", 7.5],
    ["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N", 0],
    ["CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:U/C:L/I:L/A:L", 6.3],
    ["CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H/E:U", 9],
    ["CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:H/SI:H/SA:H", 10],
    ["CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 9.3],
    ["CVSS:4.0/AV:N/AC:L/AT:P/PR:N/UI:P/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", 7.7],
    ["CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:L/VI:L/VA:N/SC:N/SI:N/SA:N", 6.9],
    ["CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:U", 8.1],
  ])("rates %s %d", (vector, score) => expect(rate(vector)).toEqual({ vector, score }));

  it.each([
    "",
    "critical",
    "AV:L/AC:M/Au:N/C:N/I:P/A:C",
    "CVSS:3.1/",
    "CVSS:3.1/AV:N",
    "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:Z",
    "CVSS:4.0/AV:N/AC:L",
    "CVSS:5.0/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H",
    `CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H${"/E:U".repeat(10_000)}`,
  ])("has no number for %s", (vector) => expect(rate(vector)).toBeUndefined());

  it("goes by the worst of several", () => {
    const [three, four] = [
      "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H",
      "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:L/VI:L/VA:N/SC:N/SI:N/SA:N",
    ];
    expect(worst([four, "nonsense", three])?.vector).toBe(three);
    expect(worst(["nonsense"])).toBeUndefined();
  });
});

describe("severity", () => {
  it.each([
    [10, "critical"],
    [9, "critical"],
    [8.9, "high"],
    [7, "high"],
    [6.9, "medium"],
    [4, "medium"],
    [3.9, "low"],
    [0, "low"],
  ])("of %d is %s", (score, severity) => expect(severityOf(score)).toBe(severity));

  it.each([
    ["CRITICAL", "critical"],
    ["MODERATE", "medium"],
    ["negligible", "unknown"],
    ["", "unknown"],
  ])("named %s is %s", (word, severity) => expect(severityNamed(word)).toBe(severity));
});

import { digestOf } from "@seaworthy/oci";
import { describe, expect, it } from "vitest";
import { failed, released } from "../../test/runs.ts";
import { findRun } from "./find-run.ts";

const [nine, five, again] = [released("main-9", 9), released("main-5", 5), released("main-5", 3)];
const failure = failed("main-7", 7, { revision: "f".repeat(40), digest: `sha256:${"12345678".repeat(8)}` });
const runs = [nine, failure, five, again];
const digits = five.digest.slice("sha256:".length);

describe("findRun", () => {
  it.each<[string, string]>([
    ["its version", "main-9"],
    ["its digest", nine.digest],
    ["the digits of its digest", nine.digest.slice(7)],
    ["the first digits", nine.digest.slice(7, 13)],
    ["a reference", `ghcr.io/acme/web@${nine.digest}`],
    ["its commit", nine.record.source.revision!],
    ["the first digits of its commit", nine.record.source.revision!.slice(0, 7)],
  ])("finds a release by %s", (_, wanted) => {
    expect(findRun(runs, wanted)).toEqual({ run: nine, others: 0 });
  });

  it("finds a failed run as well", () => {
    expect(findRun(runs, "main-7")?.run).toBe(failure);
    expect(findRun(runs, "fffffff")?.run).toBe(failure);
    expect(findRun(runs, "1234567")?.run).toBe(failure);
  });

  it("takes the newest of several, and counts the others", () => {
    expect(findRun(runs, "main-5")).toEqual({ run: five, others: 1 });
    expect(findRun(runs, digits)).toEqual({ run: five, others: 1 });
  });

  it.each([
    "",
    "main",
    "main-",
    digits.slice(0, 5),
    "sha256:",
    "MAIN-9",
    "__proto__",
    "*",
    "sha256:zzzzzzzz",
  ])("takes %j for none", (wanted) => {
    expect(findRun(runs, wanted)).toBeUndefined();
  });

  it("refuses digits that fit several, and names them", () => {
    const twins = ["a", "b"].map((letter) => ({
      ...nine,
      digest: `sha256:abcdef${digestOf(letter).slice(13)}`,
    }));
    expect(() => findRun(twins, "abcdef")).toThrow(
      expect.objectContaining({
        code: "usage",
        message: expect.stringMatching(/^history: abcdef fits 2: abcdef/) as string,
      }),
    );
  });

  it("prefers a version to digits that look like it", () => {
    const named = released(digits.slice(0, 8), 1);
    expect(findRun([...runs, named], digits.slice(0, 8))?.run).toBe(named);
  });
});

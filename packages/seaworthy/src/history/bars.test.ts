import { describe, expect, it } from "vitest";
import { bar } from "./bars.ts";

describe("bar", () => {
  it.each<[number, number, string]>([
    [0, 1, "████████"],
    [0, 0.5, "████"],
    [0.5, 1, "    ████"],
    [0, 0.55, "████▍"],
    [0, 0, "▏"],
    [1, 1, "       █"],
    [0, Number.NaN, "▏"],
    [Number.NaN, Number.NaN, "▏"],
    [-3, 99, "████████"],
    [0, Number.POSITIVE_INFINITY, "████████"],
  ])("from %f to %f of eight columns is %j", (from, to, expected) => {
    expect(bar(from, to, 8)).toBe(expected);
  });
});

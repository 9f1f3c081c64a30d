import { DEFAULT_RULES } from "@seaworthy/release";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { faultsOf } from "./faults.ts";
import { retention } from "./retention-schema.ts";

const HOUR = 3_600_000;
const config = z.strictObject({ retention });

describe("retention in the config", () => {
  it("has a default for everything", () => {
    const defaults = { newest: 10, rollbacks: 3, untagged: 24 * HOUR, rules: DEFAULT_RULES };
    expect(config.parse({}).retention).toEqual(defaults);
    expect(config.parse({ retention: {} }).retention).toEqual(defaults);
  });

  it("puts its rules before the defaults", () => {
    const rules = [
      { tags: "pr-*", for: "7d" },
      { tags: ["<version>", "*-<sha>"], for: "ever", newest: 5 },
    ];
    expect(config.parse({ retention: { rules } }).retention.rules).toEqual([
      { tags: ["pr-*"], for: 168 * HOUR },
      { tags: ["<version>", "*-<sha>"], for: "ever", newest: 5 },
      ...DEFAULT_RULES,
    ]);
  });

  it.each([
    [{ rollbacks: 0 }, "retention.rollbacks: too small: expected number to be >=1, found 0"],
    [{ newest: 0 }, "retention.newest: too small: expected number to be >=1, found 0"],
    [
      { untagged: "10m" },
      'retention.untagged: expected at least an hour: it may be half of an upload, found "10m"',
    ],
    [
      { rules: [{ tags: "pr-*" }] },
      'retention.rules[0].for: expected "ever", a duration, or newest beside it, found nothing',
    ],
    [
      { rules: [{ tags: "^v.*$", for: "1d" }] },
      'retention.rules[0].tags: expected a pattern of tags: letters, digits, ". _ -", "*", "?", <version>, <sha>, found "^v.*$"',
    ],
    [{ keep: 3 }, "retention.keep: unknown field"],
  ])("refuses %j", (written, fault) => {
    const value = { retention: written };
    const { error } = config.safeParse(value);
    expect(faultsOf(error!, value)).toContain(fault);
  });
});

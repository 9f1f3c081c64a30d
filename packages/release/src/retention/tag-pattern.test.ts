import { expect, it } from "vitest";
import { subjectOfTag, tagPattern } from "./tag-pattern.ts";

it.each([
  ["*", ["main", "v1.2.3", "a.b"], []],
  ["pr-*", ["pr-7", "pr-"], ["xpr-7", "pr"]],
  ["v?.x", ["v1.x"], ["v12.x", "v1yx"]],
  ["a.b", ["a.b"], ["aXb", "a.bc"]],
  [
    "<version>",
    ["v1.2.3", "1.2.3", "1.2", "v1", "1.2.3-rc.1", "1.2.3.4", "1.2.3rc1", "2.0.dev3", "1.2.3-beta_5"],
    ["main", "v", "1.2.x", "1.2-4b35282", "v1.2.3-", "version", "latest"],
  ],
  [
    "*-<sha>",
    ["main-4b35282", "a-b-4b352821a2b3c4d5e6f70011223344556677889a"],
    ["main", "main-4b3528", "main-4B35282"],
  ],
  ["<sha>", ["4b35282"], ["g235282", "4b35282-dirty"]],
])("%s matches whole tags", (pattern, fits, others) => {
  const found = [...fits, ...others].filter((tag) => tagPattern(pattern).test(tag));
  expect(found).toEqual(fits);
});

it("knows the tags that hold what is about a digest", () => {
  const hex = "ab".repeat(32);
  expect(["", ".sig", ".att", ".sbom"].map((suffix) => subjectOfTag(`sha256-${hex}${suffix}`))).toEqual([
    hex,
    hex,
    hex,
    hex,
  ]);
  expect(
    [`sha256-${hex}0`, `sha256-${hex}.SIG`, `x-sha256-${hex}`, "sha256-ab.sig"].map(subjectOfTag),
  ).toEqual(Array.from({ length: 4 }, () => undefined));
});

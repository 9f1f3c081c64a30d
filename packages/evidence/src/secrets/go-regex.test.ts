import { describe, expect, it } from "vitest";
import { goRegex } from "./go-regex.ts";

describe("a Go regex", () => {
  it.each([
    ["(?i)abc", "xABCx", "ABC"],
    ["a(?i)b|c", "C", "C"],
    ["a(?i)b|c", "aB", "aB"],
    ["a(?i)b|c", "AB", undefined],
    ["(a(?i)b)c", "aBC", undefined],
    ["(?i:a)b", "Ab", "Ab"],
    ["(?i)a(?-i:b)", "AB", undefined],
    ["(?P<name>x+)", "xx", "xx"],
    ["(?<name>x+)", "xx", "xx"],
    ["a.b", "a\u2028b", "a\u2028b"],
    ["a.b", "a\nb", undefined],
    ["(?s)a.b", "a\nb", "a\nb"],
    ["(?m)^b$", "a\nb\nc", "b"],
    ["^b$", "a\nb\nc", undefined],
    [String.raw`\Aab\z`, "ab", "ab"],
    [String.raw`ab\z`, "ab\n", undefined],
    [String.raw`\Qa.b*\E+`, "a.b**", "a.b**"],
    [String.raw`[[:alnum:]_]+`, "-ab_1-", "ab_1"],
    ["[]a]+", "]a]", "]a]"],
    ["[^]a]+", "]b]", "b"],
    ["[a[]+", "[a[", "[a["],
    [String.raw`\x{41}\x42`, "AB", "AB"],
    [String.raw`\pL+`, "1é2", "é"],
    [String.raw`\p{Greek}+`, "aβγ", "βγ"],
    ["a{2}{", "aa{", "aa{"],
    ["a{b}", "a{b}", "a{b}"],
    [String.raw`\-\_\"\/`, '-_"/', '-_"/'],
    [String.raw`\pL[\-\.]x`, "a-x", "a-x"],
    ["(?i)(?m)^x|y", "Y", "Y"],
  ])("%s means here what it means there", (source, text, found) => {
    expect(goRegex(source, "").exec(text)?.[0]).toBe(found);
  });

  it.each([
    ["a(?=b)", "(?=b is none of RE2's groups"],
    ["(?U)a+", "flag U is not supported"],
    [String.raw`\C`, String.raw`\C is not supported`],
    [String.raw`(a)\1`, String.raw`\1 is not supported`],
    ["[a", "has a [ without its ]"],
    ["a)", "has a ) too many"],
    ["(a", "is no regex"],
    ["*", "is no regex"],
    ["[[:nope:]]", "[:nope:] is not supported"],
    ["\\", "\\ is not supported"],
  ])("is refused with the reason where there is nothing like it: %s", (source, message) => {
    expect(() => goRegex(source, "")).toThrow(message);
  });
});

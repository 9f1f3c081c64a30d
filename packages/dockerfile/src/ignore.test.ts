import { array, assert, constantFrom, property, stringMatching } from "fast-check";
import { describe, expect, it } from "vitest";
import { DockerfileError, parseDockerignore } from "./index.ts";
import { compilePattern, parsePattern } from "./ignore-pattern.ts";

const ignored = (text: string, path: string): boolean => parseDockerignore(text).matches(path).ignored;

describe("parseDockerignore", () => {
  it.each([
    // plain names match at the root only, and everything below
    ["dist", ["dist", "dist/a", "dist/a/b"], ["a/dist", "dist2", "Dist"]],
    ["/dist/", ["dist", "dist/a"], ["a/dist"]],
    ["./a/../dist//x/.", ["dist/x", "dist/x/y"], ["dist"]],
    ["a b", ["a b"], ["a", "b"]],
    ["  padded  ", ["padded"], []],
    // one star, one character, classes
    ["*.md", ["a.md", ".md", "x.md/y"], ["a/b.md", "a.mdx"]],
    ["*/*.md", ["a/b.md"], ["b.md", "a/b/c.md"]],
    ["a?c", ["abc", "aéc"], ["ac", "abbc", "a/c"]],
    ["[a-c]x", ["ax", "cx"], ["dx", "x"]],
    ["[^a-c]x", ["dx"], ["ax", "/x"]],
    ["[\\]x]y", ["]y", "xy"], ["y"]],
    ["s*o", ["so", "s1o"], ["s/o"]],
    // two stars
    ["**/node_modules", ["node_modules", "a/node_modules", "a/b/node_modules/c"], ["xnode_modules"]],
    ["**/*.log", ["a.log", "a/b.log", "a/b/c.log"], ["a.logs"]],
    ["**.log", ["a.log", "a/b.log", ".log"], ["a.logs"]],
    ["docs/**", ["docs/a", "docs/a/b"], ["docs", "doc/a"]],
    ["docs/**/*.md", ["docs/a.md", "docs/x/y/a.md"], ["a.md", "docs/a"]],
    ["a**/b", ["ab", "ax/b", "ax/y/b"], ["a/x", "axb"]],
    ["**", ["a", "a/b"], []],
    // characters that mean something only in regular expressions
    ["a+b", ["a+b"], ["aab", "ab"]],
    ["f(1).txt", ["f(1).txt"], ["f1.txt", "f(1)xtxt"]],
    ["x|y", ["x|y"], ["x", "y"]],
    ["c^d$e{2}", ["c^d$e{2}"], ["c^d$ee"]],
    ["*.{a,b}", ["x.{a,b}"], ["x.a"]],
    ["\\*", ["*"], ["a"]],
    ["\\!a", ["!a"], ["a"]],
    // names every object has
    ["constructor\n__proto__", ["constructor", "__proto__"], ["toString"]],
    // what matches nothing
    ["#comment\n # no comment", ["# no comment"], ["comment"]],
    ["/\n.\n../x", [], ["a", "x"]],
    ["\n\r\n\t\n", [], ["a"]],
  ])("%j ignores %j and not %j", (text, yes, no) => {
    expect([...yes, ...no].filter((path) => ignored(text, path))).toEqual(yes);
  });

  it.each([
    ["*\n!a", ["b"], ["a", "a/b"]],
    ["a\n!a/keep", ["a", "a/other"], ["a/keep", "a/keep/x"]],
    ["!a\n*", ["a", "b"], []],
    ["*.md\n!README*.md\nREADME-secret.md", ["x.md", "README-secret.md"], ["README.md"]],
    ["sub\n!sub/y.go\nsub/*.go\n!sub/foo", ["sub/y.go", "sub/z"], ["sub/foo"]],
    ["**\n! **/x ", ["y", "a/y"], ["x", "a/x"]],
  ])("%j, with exceptions, ignores %j and not %j", (text, yes, no) => {
    expect([...yes, ...no].filter((path) => ignored(text, path))).toEqual(yes);
  });

  it("names the line that decided", () => {
    const ignore = parseDockerignore("\uFEFF# first\r\ndist\r\n\r\n*.log\r\n!keep.log\r\n");
    expect(ignore.matches("dist/a")).toEqual({ ignored: true, line: 2, pattern: "dist" });
    expect(ignore.matches("a.log")).toEqual({ ignored: true, line: 4, pattern: "*.log" });
    expect(ignore.matches("keep.log")).toEqual({ ignored: false, line: 5, pattern: "!keep.log" });
    expect(ignore.matches("src")).toEqual({ ignored: false });
  });

  it.each([
    ["!", 'expected a pattern after "!"'],
    ["*\n! /", 'expected a pattern after "!"'],
    ["ok\n[a", 'pattern "[a": the bracket is not closed'],
    ["[]a]", "found ]"],
    ["[a-]", "found ]"],
    ["a\\", "nothing follows"],
  ])("refuses %j", (text, message) => {
    expect(() => parseDockerignore(text, { file: "app.dockerignore" })).toThrow(DockerfileError);
    expect(() => parseDockerignore(text, { file: "app.dockerignore" })).toThrow(message);
    expect(() => parseDockerignore(text, { file: "app.dockerignore" })).toThrow(/^app\.dockerignore:\d: /);
  });

  it.each([
    ["a\n!a/b/c", "a", true],
    ["a\n!a/b/c", "a/b", true],
    ["a\n!a/b/c", "a/x", false],
    ["node_modules\n!src", "node_modules", false],
    ["*\n!src/*.ts", "src", true],
    ["*\n!src/*.ts", "lib", false],
    ["*\n!**/keep", "anything/at/all", true],
    ["*", "a", false],
  ])("in %j something below %s may come back: %s", (text, directory, expected) => {
    expect(parseDockerignore(text).mayReinclude(directory)).toBe(expected);
  });

  it("is not slowed down by a pattern made for that", () => {
    const path = `${"a".repeat(200)}/${"a".repeat(200)}`;
    const ignore = parseDockerignore(`${"*a".repeat(100)}b\n${"**/a".repeat(50)}b\n**a**a*a**b`);
    const started = performance.now();
    for (let round = 0; round < 20; round++) expect(ignore.matches(path).ignored).toBe(false);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it("says the same with and without a regular expression", () => {
    const letter = constantFrom("a", "b", "/", "*", "**", "?", "**/", ".", "[ab]", "[^a]");
    const text = array(letter, { minLength: 1, maxLength: 6 }).map((parts) => parts.join(""));
    const path = stringMatching(/^[ab.]{1,3}(\/[ab.]{1,3}){0,3}$/);
    const agree = property(text, path, (pattern, candidate) => {
      const parsed = parsePattern(pattern);
      return compilePattern(parsed, Infinity)(candidate) === compilePattern(parsed, -1)(candidate);
    });
    assert(agree, { numRuns: 3000 });
  });

  it("never leaves out a directory that holds something taken in again", () => {
    const part = constantFrom("a", "b", "*", "**", "?b");
    const text = array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
    const path = array(constantFrom("a", "b", "ab"), { minLength: 2, maxLength: 4 });
    const kept = property(text, path, (pattern, parts) => {
      const ignore = parseDockerignore(`*\n!${pattern}`);
      if (ignore.matches(parts.join("/")).ignored) return true;
      return parts.slice(1).every((_, index) => ignore.mayReinclude(parts.slice(0, index + 1).join("/")));
    });
    assert(kept, { numRuns: 3000 });
  });
});

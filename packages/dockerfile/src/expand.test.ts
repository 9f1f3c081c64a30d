import { describe, expect, it } from "vitest";
import { DockerfileError, expandWord, expandWords, referencedVariables } from "./index.ts";

const ENV = new Map([
  ["USER", "sea"],
  ["EMPTY", ""],
  ["FILE", "/srv/app/app.tar.gz"],
  ["WORDS", "  two  words "],
  ["STARS", "a*b?c\\d"],
  ["LINES", "ab\nab"],
  ["ÜBER", "über"],
  ["A1", "one"],
]);

const expand = (word: string, escape: "\\" | "`" = "\\"): string => expandWord(word, ENV, { escape });

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof DockerfileError) return error.code;
    throw error;
  }
  return "no error";
}

describe("expandWord", () => {
  it.each([
    // plain, quotes
    ["plain text", "plain text"],
    ["", ""],
    [`a"b c"d`, "ab cd"],
    [`a'b c'd`, "ab cd"],
    [`''""`, ""],
    [`"it's"`, "it's"],
    [`'say "hi"'`, 'say "hi"'],
    // escapes
    ["a\\ b", "a b"],
    ["a\\nb", "anb"],
    ["a\\\\b", "a\\b"],
    ['"a\\nb"', "a\\nb"],
    ['"a\\\\b"', "a\\b"],
    ['"a\\"b"', 'a"b'],
    ["'a\\b'", "a\\b"],
    ["end\\", "end"],
    ["\\$USER", "$USER"],
    ["\\${USER}", "${USER}"],
    ['"\\$USER"', "$USER"],
    ["'$USER'", "$USER"],
    // names
    ["$USER", "sea"],
    ["${USER}", "sea"],
    ["$USERS", ""],
    ["${USER}S", "seaS"],
    ["$USER-$USER", "sea-sea"],
    ['"$USER"', "sea"],
    ["$ÜBER", "über"],
    ["$A1", "one"],
    ["$NONE", ""],
    ["$EMPTY", ""],
    ["cost: 5$", "cost: 5$"],
    ["$.", "$."],
    ["$1x", "x"],
    ["$$", ""],
    ["$@$*$#$?$-$!", ""],
    ["$WORDS", "  two  words "],
    // defaults and alternatives
    ["${USER:-none}", "sea"],
    ["${NONE:-none}", "none"],
    ["${EMPTY:-none}", "none"],
    ["${EMPTY-none}", ""],
    ["${NONE-none}", "none"],
    ["${NONE:-}", ""],
    ["${NONE:-a b}", "a b"],
    ['${NONE:-"a}b"}', "a}b"],
    ["${NONE:-a\\}b}", "a}b"],
    ["${NONE:-${EMPTY:-$USER}}", "sea"],
    ["${USER:+set}", "set"],
    ["${EMPTY:+set}", ""],
    ["${EMPTY+set}", "set"],
    ["${NONE+set}", ""],
    ["${USER:?must be set}", "sea"],
    ["${EMPTY?must be set}", ""],
    // patterns
    ["${FILE#*/}", "srv/app/app.tar.gz"],
    ["${FILE##*/}", "app.tar.gz"],
    ["${FILE%.*}", "/srv/app/app.tar"],
    ["${FILE%%.*}", "/srv/app/app"],
    ["${FILE#/???/}", "app/app.tar.gz"],
    ["${FILE#nothing}", "/srv/app/app.tar.gz"],
    ["${FILE#/*p/*.}", "tar.gz"],
    ["${FILE%/*/*}", "/srv"],
    ["${FILE##}", "/srv/app/app.tar.gz"],
    ["${NONE#*}", ""],
    ["${STARS#a\\*}", "b?c\\d"],
    ["${STARS%c\\\\d}", "a*b?"],
    ["${USER#${USER%a}}", "a"],
    ["${LINES##*b}", "\nab"],
    // replacement
    ["${FILE/app/web}", "/srv/web/app.tar.gz"],
    ["${FILE//app/web}", "/srv/web/web.tar.gz"],
    ["${FILE//\\//-}", "-srv-app-app.tar.gz"],
    ["${FILE/.*/}", "/srv/app/app"],
    ["${FILE/$USER/x}", "/srv/app/app.tar.gz"],
    ["${USER/*/$A1}", "one"],
    ["${USER//*/x}", "x"],
    ["${USER//?/x}", "xxx"],
    ["${NONE//a/b}", ""],
    ["${USER/e/$1}", "sa"],
    // `<` means nothing outside heredocs
    ["a<b<<c<<<d", "a<b<<c<<<d"],
  ])("expands %j to %j", (word, expected) => {
    expect(expand(word)).toBe(expected);
  });

  it.each([
    ["a` b", "a b"],
    ["C:\\$USER", "C:\\sea"],
    ["`$USER", "$USER"],
    ['"a`"b\\n"', 'a"b\\n'],
  ])("takes the backtick as escape in %j", (word, expected) => {
    expect(expand(word, "`")).toBe(expected);
  });

  it.each([
    `"open`,
    `'open`,
    `"open\\"`,
    "${USER",
    "${}",
    "${:-x}",
    "${{USER}}",
    "${.}",
    "${USER:x}",
    "${USER=x}",
    "${USER:=x}",
    "${USER:#x}",
    "${USER^^}",
    "${#USER}",
    "${USER:-${NONE}",
    "${USER/a}",
    "${USER#\\a}",
  ])("refuses %j", (word) => {
    expect(codeOf(() => expand(word))).toBe("expansion");
  });

  it("fails with the given message where a required variable is unset or empty", () => {
    expect(() => expand("${NONE:?set NONE to $USER}")).toThrow("NONE: set NONE to sea");
    expect(() => expand("${EMPTY:?}")).toThrow("$EMPTY is not set, or empty");
    expect(() => expand("${NONE?}")).toThrow("$NONE is not set");
  });

  it("does not read names of the object prototype as variables", () => {
    expect(expandWord("${constructor}$__proto__", new Map(), { escape: "\\" })).toBe("");
  });

  it("does not expand what a variable holds", () => {
    expect(
      expandWord(
        "$A",
        new Map([
          ["A", "$B'\\"],
          ["B", "x"],
        ]),
        { escape: "\\" },
      ),
    ).toBe("$B'\\");
  });
});

describe("attacks on expandWord", () => {
  it("refuses a word that grows beyond the limit", () => {
    const env = new Map([["A", "x".repeat(100_000)]]);
    expect(codeOf(() => expandWord("$A".repeat(11), env, { escape: "\\" }))).toBe("too-large");
    expect(codeOf(() => expandWord("${B:-$A$A$A$A$A$A$A$A$A$A$A}", env, { escape: "\\" }))).toBe("too-large");
    expect(codeOf(() => expandWord(`"${"$A".repeat(11)}"`, env, { escape: "\\" }))).toBe("too-large");
  });

  it("refuses substitutions nested without end", () => {
    expect(codeOf(() => expand("${N:-".repeat(50_000)))).toBe("too-large");
    expect(expand(`${"${N:-".repeat(90)}x${"}".repeat(90)}`)).toBe("x");
  });

  it("gives up on a pattern made to be slow", () => {
    const env = new Map([["A", "a".repeat(20_000)]]);
    const pattern = `${"*a".repeat(500)}*b`;
    for (const word of [`\${A##${pattern}}`, `\${A%%${pattern}}`, `\${A//${pattern}/x}`]) {
      const started = performance.now();
      expect(["no error", "too-large"]).toContain(codeOf(() => expandWord(word, env, { escape: "\\" })));
      expect(performance.now() - started).toBeLessThan(5000);
    }
  });

  it("bounds what a replacement makes of a value", () => {
    const env = new Map([
      ["A", "a".repeat(100_000)],
      ["B", "b".repeat(100_000)],
    ]);
    expect(codeOf(() => expandWord("${A//a/$B}", env, { escape: "\\" }))).toBe("too-large");
  });
});

describe("expandWords", () => {
  it.each([
    ["a b", ["a", "b"]],
    ["  a\t b  ", ["a", "b"]],
    ["$WORDS", ["two", "words"]],
    ['"$WORDS"', ["  two  words "]],
    ["x$WORDS", ["x", "two", "words"]],
    ["80${NONE:-80}", ["8080"]],
    ["a\\ b c", ["a b", "c"]],
    [`'' "" $EMPTY`, []],
    ["", []],
  ])("splits %j into %j", (word, expected) => {
    expect(expandWords(word, ENV, { escape: "\\" })).toEqual(expected);
  });
});

describe("referencedVariables", () => {
  it.each([
    ["no variable '$HERE' \\$HERE", []],
    ["$A/${B}/$A", ["A", "B"]],
    ["${A:-$B}${C:+${D#$E}}", ["A", "B", "C", "D", "E"]],
    ["${A:?$B}${C//$D/$E}", ["A", "B", "C", "D", "E"]],
  ])("finds in %j %j", (word, expected) => {
    expect([...referencedVariables(word, { escape: "\\" })].toSorted()).toEqual(expected);
  });
});

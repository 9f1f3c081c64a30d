import { describe, expect, it } from "vitest";
import { parseGitleaksConfig } from "./gitleaks-config.ts";
import { secretScanner } from "./scanner.ts";

const now = new Date("2026-06-15T12:00:00Z");

async function found(
  toml: string,
  text: string,
  path = "src/app.txt",
  commit?: string,
): Promise<readonly string[]> {
  const scanner = secretScanner({ rules: parseGitleaksConfig(toml, "gitleaks.toml"), now });
  const where =
    commit === undefined ? { kind: "file" as const, path } : { kind: "commit" as const, path, commit };
  await scanner.scan({ where, text });
  return (await scanner.result()).findings.map(({ rule, redacted }) => `${rule} ${redacted}`);
}

const RULE = `
[[rules]]
id = "acme"
regex = '''(?i)acme_([a-z0-9]{24,30})'''
keywords = ["ACME_"]
`;
const SECRET = ["k3jd92hf", "7ab1x0zq", "p5mw8ty4"].join("");
const TEXT = `x = acme_${SECRET}`;
const HIT = [`acme ${SECRET.slice(0, 4)}…${SECRET.slice(-2)} (24 characters)`];

describe("rules of a gitleaks.toml", () => {
  it("find the group that is the secret, and are the only ones", async () => {
    expect(await found(RULE, TEXT)).toEqual(HIT);
    expect(await found(RULE, 'passphrase = "Wq7#pL2z"')).toEqual([]);
  });

  it("stand beside our own where they extend the default, which a note says", async () => {
    const extending = `[extend]\nuseDefault = true\ndisabledRules = ["jwt"]\n${RULE}`;
    expect(await found(extending, 'passphrase = "Wq7#pL2z"')).toEqual([
      "quoted-password … (under 24 characters)",
    ]);
    const { notes, rules } = parseGitleaksConfig(extending, "g.toml");
    expect(notes).toEqual(["g.toml: extend.useDefault stands for Seaworthy's own rules, not gitleaks'"]);
    expect(rules.map(({ id }) => id)).not.toContain("jwt");
  });

  it.each([
    ["entropy", `${RULE}entropy = 5.0`],
    ["the path", `${RULE}path = '''\\.env$'''`],
    ["keywords", RULE.replace('["ACME_"]', '["other"]')],
    [
      "a stopword of the rule",
      `${RULE}[[rules.allowlists]]\nstopwords = ["${SECRET.slice(3, 9).toUpperCase()}"]`,
    ],
    ["a stopword of all rules", `${RULE}[allowlist]\nstopwords = ["${SECRET.slice(0, 9)}"]`],
    ["a path", `${RULE}[[allowlists]]\npaths = ['''^src/''']`],
    ["the secret's shape", `${RULE}[rules.allowlist]\nregexes = ['''^k3''']`],
    ["the match", `${RULE}[rules.allowlist]\nregexTarget = "match"\nregexes = ['''^acme''']`],
    ["the line", `${RULE}[rules.allowlist]\nregexTarget = "line"\nregexes = ['''^x =''']`],
    ["both", `${RULE}[[allowlists]]\ncondition = "AND"\npaths = ['''app''']\nregexes = ['''k3''']`],
    ["a list for this rule", `${RULE}[[allowlists]]\ntargetRules = ["acme"]\nregexes = ['''k3''']`],
  ])("pass over what %s rules out", async (_, toml) => expect(await found(toml, TEXT)).toEqual([]));

  it.each([
    ["of a path elsewhere", `${RULE}[[allowlists]]\npaths = ['''^test/''']`],
    [
      "that has only half",
      `${RULE}[[allowlists]]\ncondition = "AND"\npaths = ['''app''']\nregexes = ['''nope''']`,
    ],
    ["for another rule", `${RULE}[[allowlists]]\ntargetRules = ["other"]\nregexes = ['''k3''']`],
    ["that is empty", `${RULE}[[allowlists]]\ndescription = "nothing"`],
  ])("are not held back by an allowlist %s", async (_, toml) => expect(await found(toml, TEXT)).toEqual(HIT));

  it("pass over a commit by its name", async () => {
    const commit = "a".repeat(40);
    const toml = `${RULE}[[allowlists]]\ncommits = ["${commit}"]`;
    expect(await found(toml, TEXT, "x", commit)).toEqual([]);
    expect(await found(toml, TEXT, "x", "b".repeat(40))).toEqual(HIT);
  });

  it("find files by their names alone", async () => {
    const toml = "[[rules]]\nid = 'keys'\npath = '''\\.p12$'''";
    expect(await found(toml, "anything", "a/b.p12")).toEqual(["keys the file itself"]);
  });

  it.each([
    ["x = ", "line 1: is not TOML"],
    ["rules = 3", "rules: expected tables"],
    ["[[rules]]\nregex = 'a'", "rules[0].id: expected letters"],
    ["[[rules]]\nid = 'a'", "rules[0].regex: expected a regex or a path"],
    ["[[rules]]\nid = 'a'\nregex = 3", "rules[0].regex: expected a text"],
    ["[[rules]]\nid = 'a'\nregex = 'x(?!y)'", "rules[0].regex: (?!y is none of RE2's groups"],
    ["[[rules]]\nid = 'a'\nregex = 'a'\nkeywords = [1]", "rules[0].keywords: expected a list of texts"],
    ["[[rules]]\nid = 'a'\nregex = 'a'\n[[rules.required]]\nid = 'b'", "rules[0].required: rules that need"],
    ["[extend]\npath = '/etc/passwd'", "extend.path and extend.url are not supported"],
    ["[[allowlists]]\ncondition = 'XOR'", "allowlists[0].condition: expected OR or AND"],
  ])("are refused with the place: %j", (toml, message) => {
    expect(() => parseGitleaksConfig(toml, "g.toml")).toThrow(`g.toml: ${message}`);
  });

  it("whose regex never ends are stopped and named", async () => {
    const evil = "[[rules]]\nid = 'evil'\nregex = '''(a+)+$'''";
    await expect(found(evil, `${"a".repeat(60)}b`)).rejects.toMatchObject({
      code: "slow-rule",
      message: "rule evil on src/app.txt: found no end in 5 s",
    });
  });
});

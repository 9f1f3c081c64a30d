import { describe, expect, it } from "vitest";
import { parseGitleaksConfig } from "../gitleaks-config.ts";
import { ownRules } from "../own-rules.ts";
import { secretScanner } from "../scanner.ts";
import { threadedMatcher } from "./in-thread.ts";

const ENTRY = new URL("./thread.ts", import.meta.url);
const TOKEN = ["ghp", "16C7e42F292c6912E7710c838347Ae178B4a"].join("_");
const now = new Date("2026-01-01");
const file = (path: string, text: string) => ({ where: { kind: "file", path }, text }) as const;
/** More than is looked at without a thread. */
const MUCH = "all is well here\n".repeat(50_000);

describe("a matcher in a thread of its own", () => {
  it("finds the same, in the order in which the texts came", async () => {
    const texts = [
      file("first.txt", `token=${TOKEN}\n`),
      file("large.txt", `${MUCH}token=${TOKEN.replace("16C7", "26C7")}\n${MUCH}`),
      ...Array.from({ length: 30 }, (_, at) =>
        file(`${at}.txt`, `token=${TOKEN.replace("16C7", `${at}C70`)}`),
      ),
    ];
    const here = secretScanner({ rules: ownRules, now });
    const there = secretScanner({ rules: ownRules, now, find: threadedMatcher(ownRules, ENTRY) });
    for (const scanner of [here, there]) for (const text of texts) await scanner.scan(text);
    const [expected, found] = [await here.result(), await there.result()];
    expect(expected.findings.map(({ where }) => where.path).slice(0, 3)).toEqual([
      "first.txt",
      "large.txt",
      "0.txt",
    ]);
    expect(found).toEqual(expected);
  });

  it("says which rule of somebody else's finds no end, as it does without a thread", async () => {
    const rules = parseGitleaksConfig(
      "[[rules]]\nid = \"endless\"\nregex = '''(x+x+)+y'''\nkeywords = [\"x\"]\n",
      "gitleaks.toml",
    );
    const scanner = secretScanner({ rules, now, find: threadedMatcher(rules, ENTRY) });
    await scanner.scan(file("large.txt", MUCH));
    await scanner.scan(file("bad.txt", "x".repeat(60)));
    // Not tried in turn, each to its own end.
    for (let at = 0; at < 100; at += 1) await scanner.scan(file(`${at}.txt`, "x".repeat(60)));
    await expect(scanner.result()).rejects.toMatchObject({
      name: "EvidenceError",
      code: "slow-rule",
      message: expect.stringContaining("rule endless on bad.txt") as string,
      hint: expect.stringContaining("regex") as string,
    });
  }, 30_000);

  it("fails where its thread does, then and afterwards", async () => {
    const find = threadedMatcher(ownRules, new URL("./absent.ts", import.meta.url));
    await expect(find(file("large.txt", MUCH))).rejects.toThrow("absent.ts");
    await expect(find(file("small.txt", "more"))).rejects.toThrow("absent.ts");
  });
});

import { describe, expect, it } from "vitest";
import { redactorOf } from "./redact.ts";

function through(secrets: readonly string[], ...pieces: readonly string[]): string {
  const redactor = redactorOf(secrets);
  return pieces.map((piece) => redactor.add(piece)).join("") + redactor.end();
}

describe("a redactor", () => {
  it.each([
    ["in one piece", ["a secret b"], "a *** b"],
    ["cut anywhere", ["a se", "cr", "et b"], "a *** b"],
    ["letter by letter", Array.from("secretsecret!"), "******!"],
    ["that only begins", ["a secr", "ab"], "a secrab"],
    ["at the very end", ["a secre", "t"], "a ***"],
    ["that stays open", ["a secre"], "a secre"],
  ])("strikes out a word %s", (_, pieces, expected) => {
    expect(through(["secret"], ...pieces)).toBe(expected);
  });

  it("strikes out each line of a secret of several, and the longest match first", () => {
    expect(through(["long one\nsecond\n", "long"], "long one second long x")).toBe("*** *** *** x");
  });

  it("lets everything pass that is too short to hide", () => {
    expect(through(["abc", ""], "abc abc")).toBe("abc abc");
  });

  it("holds back no more than could still become a secret", () => {
    const redactor = redactorOf(["secret"]);
    expect(redactor.add("progress 10%\r")).toBe("progress 10%\r");
    expect(redactor.add("s")).toBe("");
    expect(redactor.add("o")).toBe("so");
  });
});

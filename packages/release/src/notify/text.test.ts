import { describe, expect, it } from "vitest";
import { ReleaseError } from "../error.ts";
import { failureOf } from "./failure.ts";
import type { News } from "./notifier.ts";
import { FAILURE, SUCCESS } from "./notifier.contract.ts";
import { duration, facts, headline, nextStep, plainText, reason, shorten } from "./text.ts";

const environment = { name: "production" };
const { failure: _, ...unexplained } = FAILURE;

describe("headline", () => {
  it.each<[News, string]>([
    [{ ...SUCCESS, outcome: "started" }, "releasing ghcr.io/acme/web 1.2.3"],
    [SUCCESS, "released ghcr.io/acme/web 1.2.3"],
    [
      { ...SUCCESS, outcome: "recovery" },
      "recovered: released ghcr.io/acme/web 1.2.3 after a failure on main",
    ],
    [FAILURE, "release failed at verify: ghcr.io/acme/web 1.2.3"],
    [unexplained, "release failed: ghcr.io/acme/web 1.2.3"],
    [{ ...SUCCESS, environment, outcome: "started" }, "deploying ghcr.io/acme/web 1.2.3 to production"],
    [{ ...SUCCESS, environment }, "deployed ghcr.io/acme/web 1.2.3 to production"],
    [{ ...FAILURE, environment }, "deployment to production failed at verify: ghcr.io/acme/web 1.2.3"],
  ])("says what happened (%#)", (news, expected) => {
    expect(headline(news)).toBe(expected);
  });

  it("knows a recovery without a branch", () => {
    const { branch: _branch, ...news } = SUCCESS;
    expect(headline({ ...news, outcome: "recovery" })).toBe(
      "recovered: released ghcr.io/acme/web 1.2.3 after a failure",
    );
  });
});

describe("facts", () => {
  it("are what is known, and no more", () => {
    const bare: News = { ...SUCCESS, outcome: "started", tags: [] };
    const { reference: _r, revision: _c, branch: _b, ...least } = bare;
    expect(facts(least)).toEqual([["by", "ada (push)"]]);
    expect(facts({ ...SUCCESS, environment: { name: "production", url: "https://acme.example" } })).toEqual([
      ["image", SUCCESS.reference],
      ["tags", "1.2.3, 1.2"],
      ["commit", "4b35282aa0f7 on main"],
      ["by", "ada (push)"],
      ["at", "https://acme.example"],
      ["took", "1 min 03 s"],
    ]);
  });
});

describe("what is said of a failure", () => {
  it("names the stage once", () => {
    expect(reason({ stage: "verify", cause: "web: no answer", lines: [] })).toBe("verify: web: no answer");
    expect(reason({ stage: "verify", cause: "verify: no answer", lines: [] })).toBe("verify: no answer");
  });

  it("has a next step where the error knows none", () => {
    const { hint: _hint, ...failure } = FAILURE.failure!;
    const { runUrl: _url, ...local } = { ...FAILURE, failure };
    expect(nextStep({ ...FAILURE, failure })).toMatch(/^see the run's page; run it again/);
    expect(nextStep(local)).toMatch(/^see the output of the run; run it again/);
  });

  it("is whole where nothing was printed", () => {
    const failure = { stage: "build", cause: "no space left", lines: [] };
    expect(plainText({ ...FAILURE, failure })).toContain("build: no space left\n\nnext step: ");
  });
});

describe("failureOf", () => {
  it("takes the first line of an error as the cause and shows the rest", () => {
    const error = new ReleaseError("refused", "verify: must not be published\n  web: no answer\n    | oh", {
      hint: "mend it",
    });
    expect(failureOf("verify", error)).toEqual({
      stage: "verify",
      cause: "verify: must not be published",
      lines: ["  web: no answer", "    | oh"],
      hint: "mend it",
    });
  });

  it("takes whatever is thrown", () => {
    expect(failureOf("build", new RangeError("too far"))).toEqual({
      stage: "build",
      cause: "too far",
      lines: [],
    });
    expect(failureOf("build", "no")).toEqual({ stage: "build", cause: "no", lines: [] });
  });
});

describe("shorten", () => {
  it.each([
    ["abc", 3, "abc"],
    ["abcd", 3, "ab…"],
    ["a𝒳bc", 3, "a…"],
    ["ab𝒳c", 4, "ab…"],
  ])("of %j to %i", (text, most, expected) => {
    expect(shorten(text, most)).toBe(expected);
  });
});

describe("duration", () => {
  it.each([
    [0, "0.0 s"],
    [59_400, "59.4 s"],
    [59_999, "1 min 00 s"],
    [125_000, "2 min 05 s"],
  ])("of %i ms", (ms, expected) => {
    expect(duration(ms)).toBe(expected);
  });
});

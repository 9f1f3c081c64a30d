import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { Secret } from "./secret.ts";

describe("Secret", () => {
  const secret = new Secret("hunter2");

  it.each([
    ["a template, which asks toString()", secret.toString()],
    ["String()", String(secret)],
    ["JSON", JSON.stringify({ secret })],
    ["inspect", inspect({ deep: { secret } })],
    ["inspect with hidden properties", inspect(secret, { showHidden: true, customInspect: false })],
    ["its own keys", JSON.stringify(Object.entries(secret))],
  ])("does not appear in %s", (_, printed) => {
    expect(printed).not.toContain("hunter2");
  });

  it("is opened by reveal alone", () => {
    expect(secret.reveal()).toBe("hunter2");
  });
});

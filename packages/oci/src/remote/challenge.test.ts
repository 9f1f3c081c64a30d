import { assert, constantFrom, property, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { parseChallenges } from "./challenge.ts";

describe("parseChallenges", () => {
  it.each([
    ["", []],
    ["Basic", [{ scheme: "basic", parameters: {} }]],
    ['Basic realm="a b"', [{ scheme: "basic", parameters: { realm: "a b" } }]],
    ["Basic realm=plain", [{ scheme: "basic", parameters: { realm: "plain" } }]],
    [
      'Bearer realm="https://auth.example/token",service="registry.example",scope="repository:a/b:pull,push"',
      [
        {
          scheme: "bearer",
          parameters: {
            realm: "https://auth.example/token",
            service: "registry.example",
            scope: "repository:a/b:pull,push",
          },
        },
      ],
    ],
    ['BEARER REALM = "x" , Service="y"', [{ scheme: "bearer", parameters: { realm: "x", service: "y" } }]],
    [
      'Basic realm="one", Bearer realm="two"',
      [
        { scheme: "basic", parameters: { realm: "one" } },
        { scheme: "bearer", parameters: { realm: "two" } },
      ],
    ],
    [
      'Negotiate YII==, Basic realm="x"',
      [
        { scheme: "negotiate", parameters: {} },
        { scheme: "basic", parameters: { realm: "x" } },
      ],
    ],
    ['Basic realm="say \\"hi\\" \\\\"', [{ scheme: "basic", parameters: { realm: 'say "hi" \\' } }]],
    ['Bearer realm="first",realm="second"', [{ scheme: "bearer", parameters: { realm: "first" } }]],
    ['Bearer realm="open', [{ scheme: "bearer", parameters: {} }]],
    ["Bearer realm=", [{ scheme: "bearer", parameters: {} }]],
    ["realm=x", []],
    [", ,, Basic ,,", [{ scheme: "basic", parameters: {} }]],
    ["\u0000\u0001", []],
  ])("reads %j", (header, expected) => {
    expect(
      parseChallenges(header).map(({ scheme, parameters }) => ({ scheme, parameters: { ...parameters } })),
    ).toEqual(expected);
  });

  it("takes a parameter named __proto__ for a parameter", () => {
    const [challenge] = parseChallenges('Bearer __proto__="x",realm="y"');
    expect(challenge?.parameters["realm"]).toBe("y");
    expect(({} as Record<string, unknown>)["x"]).toBeUndefined();
  });

  it("ends on any input, quickly", () => {
    assert(
      property(
        string({
          maxLength: 300,
          unit: constantFrom("B", "b", " ", "=", ",", '"', "\\", "\t", ";", "a", "é", "/", "-"),
        }),
        (text) => {
          parseChallenges(text);
        },
      ),
    );
    const started = performance.now();
    parseChallenges(`Bearer ${'a="'.repeat(100_000)}`);
    parseChallenges("a ".repeat(100_000));
    parseChallenges(`x ${"=".repeat(100_000)}`);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});

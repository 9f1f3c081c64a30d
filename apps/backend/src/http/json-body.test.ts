import { describe, expect, it } from "vitest";
import { z } from "zod";

import { Fault } from "./fault.ts";
import { parseJson, validate } from "./json-body.ts";
import { formatPath } from "./locate.ts";

function faultOf(work: () => unknown): Fault {
  try {
    work();
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("parseJson", () => {
  it.each([
    ['{"input": {"text": hello}}', "input.text", "line 1, column 20"],
    ['{"input": {\n  "a": [1, 2,, 3]}}', "input.a[2]", "line 2, column 14"],
    ['{"input": {"a": 1', "input.a", "line 1, column 18"],
    ['{"a": 1} extra', "", "line 1, column 10"],
    ['{"a": 1, // note\n "b": 2}', "", "line 1, column 10"],
    ["{'a': 1}", "", "line 1, column 2"],
  ])("says where %s is broken", (text, path, position) => {
    const fault = faultOf(() => parseJson(text));
    expect(fault.code).toBe("bad_json");
    expect(fault.details.faults?.[0]?.path).toBe(path);
    expect(fault.message).toContain(position);
  });

  it("says that an empty body is empty", () => {
    expect(faultOf(() => parseJson(" \n")).message).toBe("the body is not JSON: the body is empty");
  });

  it("survives a broken body of a million brackets", () => {
    expect(faultOf(() => parseJson("[".repeat(1_000_000))).code).toBe("bad_json");
    expect(faultOf(() => parseJson('{"a":'.repeat(200_000))).code).toBe("bad_json");
  });
});

describe("validate", () => {
  const schema = z.strictObject({
    scenes: z.array(z.strictObject({ goal: z.string() })),
    title: z.string().max(3),
  });

  it("names the path of each fault, of an unknown key its own", () => {
    const fault = faultOf(() =>
      validate({ scenes: [{ goal: "x" }, { gaol: "x" }], title: "long", "odd key": 1 }, schema),
    );
    expect(fault.code).toBe("invalid_request");
    expect(fault.details.faults?.map(({ path }) => path)).toEqual([
      "scenes[1].goal",
      "scenes[1].gaol",
      "title",
      '["odd key"]',
    ]);
    expect(fault.message).toMatch(/^scenes\[1\]\.goal: .* \(and 3 more\)$/);
  });

  it("calls the whole body the body", () => {
    expect(faultOf(() => validate(7, schema)).message).toMatch(/^body: /);
  });

  it("reports at most twenty faults", () => {
    const keys = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`k${index}`, 1]));
    expect(faultOf(() => validate(keys, schema)).details.faults).toHaveLength(20);
  });

  it("does not take __proto__ for a prototype", () => {
    const value = parseJson('{"scenes": [], "title": "a", "__proto__": {"polluted": true}}');
    expect(faultOf(() => validate(value, schema)).details.faults?.[0]?.path).toBe("__proto__");
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});

it("formats a path as one would write it in code", () => {
  expect(formatPath(["input", "a", 0, "b-c", "d e", 1])).toBe('input.a[0].b-c["d e"][1]');
  expect(formatPath([])).toBe("");
});

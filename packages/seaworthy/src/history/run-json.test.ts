import { describe, expect, it } from "vitest";
import { failed, released } from "../../test/runs.ts";
import { historyJson, runJson } from "./run-json.ts";

describe("a history as JSON", () => {
  it("is each record with outcome, name and digest, whatever the record says of those", () => {
    const forged: object = { outcome: "failure", digest: "forged", name: "forged", more: [1] };
    const run = released("main-9", 9, forged);
    const [release, failure] = JSON.parse(historyJson([run, failed("main-8", 8)])) as Record<
      string,
      unknown
    >[];
    expect(release).toEqual({ ...run.record, outcome: "success", name: run.name, digest: run.digest });
    expect(failure).toEqual(failed("main-8", 8));
  });

  it("moves no terminal, and means the same", () => {
    const evil = '\u001b[2J\u007f\u0085\u009b2J\u202e\u2069\n"\\';
    const text = runJson(released("x", 3, { version: evil }));
    expect(text).not.toMatch(/[^\P{Cc}\n]|[\u202A-\u202E\u2066-\u2069]/u);
    expect((JSON.parse(text) as { version: string }).version).toBe(evil);
  });

  it("keeps a key named __proto__ as a key", () => {
    const forged = JSON.parse('{"__proto__":{"admin":true}}') as object;
    expect(runJson(released("x", 3, { ...forged }))).toContain('"__proto__": {');
  });
});

import { createHash } from "node:crypto";

import { expect, it } from "vitest";

import { matchApiKey, parseApiKeys } from "./api-keys.ts";

const entry = (name: string, key: string) => `${name}:${createHash("sha256").update(key).digest("hex")}`;

it("finds the name of a key and nothing for another", () => {
  const { keys, faults } = parseApiKeys(`${entry("alice", "one")},\n ${entry("bob", "two")}`);
  expect(faults).toEqual([]);
  expect(matchApiKey(keys, "one")).toBe("alice");
  expect(matchApiKey(keys, "two")).toBe("bob");
  for (const wrong of ["", "One", "one ", entry("alice", "one"), "x".repeat(100_000)]) {
    expect(matchApiKey(keys, wrong)).toBeUndefined();
  }
});

it("does not take the hash for the key", () => {
  const { keys } = parseApiKeys(entry("alice", "one"));
  expect(matchApiKey(keys, keys[0]?.sha256.toString("hex") ?? "")).toBeUndefined();
});

it.each(["alice", "alice:abc", ":" + "a".repeat(64), "a b:" + "a".repeat(64), `alice:${"g".repeat(64)}`])(
  "refuses the entry %j",
  (text) => {
    expect(parseApiKeys(text).faults).not.toEqual([]);
  },
);

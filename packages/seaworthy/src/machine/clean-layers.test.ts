import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { SecretScan } from "@seaworthy/evidence/secrets";
import { digestOf } from "@seaworthy/oci";
import { afterEach, beforeEach, expect, it } from "vitest";
import { cleanLayers } from "./clean-layers.ts";

const LAYER = digestOf(Buffer.from("layer"));
const SCAN: SecretScan = {
  rules: "rules-1",
  texts: 3,
  bytes: 120,
  skipped: { binary: 1, cut: [], unreadable: [] },
  findings: [],
  allowed: [],
};

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "seaworthy-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it("remembers a layer under the rules that it was clean by", () => {
  const known = cleanLayers(folder, "rules-1");
  expect(known.get(LAYER)).toBeUndefined();
  known.put(LAYER, SCAN);
  expect(cleanLayers(folder, "rules-1").get(LAYER)).toEqual(SCAN);
  expect(cleanLayers(folder, "rules-2").get(LAYER)).toBeUndefined();
  expect(known.get(digestOf(Buffer.from("another")))).toBeUndefined();
});

it("lets one look at a layer while others wait for what it finds, also where it fails", async () => {
  const known = cleanLayers(folder, "rules-1");
  const looks: string[] = [];
  const look = (name: string) => (): Promise<SecretScan> => {
    const before = known.get(LAYER);
    if (before !== undefined) return Promise.resolve(before);
    looks.push(name);
    if (name === "first") return Promise.reject(new Error("no"));
    known.put(LAYER, SCAN);
    return Promise.resolve(SCAN);
  };
  const [first, ...rest] = ["first", "second", "third"].map((name) => known.turn(LAYER, look(name)));
  await expect(first).rejects.toThrow("no");
  expect(await Promise.all(rest)).toEqual([SCAN, SCAN]);
  expect(looks).toEqual(["first", "second"]);
});

it.each([
  ["cut off", '{"rules":'],
  ["of other rules", JSON.stringify({ ...SCAN, rules: "rules-0" })],
  ["with findings", JSON.stringify({ ...SCAN, findings: [{}] })],
  ["of another shape", JSON.stringify({ rules: "rules-1" })],
])("looks again where what it remembers is %s", (_, text) => {
  const known = cleanLayers(folder, "rules-1");
  known.put(LAYER, SCAN);
  const [file = ""] = readdirSync(folder);
  writeFileSync(join(folder, file), text);
  expect(known.get(LAYER)).toBeUndefined();
});

import { readKey } from "openpgp";
import { describe, expect, it } from "vitest";
import { DEBIAN_KEYRING } from "./keyring.ts";
import { SUITES } from "./suites.ts";

describe("the pinned keys", () => {
  it("are those whose fingerprints suites accept, no more and no less", async () => {
    const keys = await Promise.all(DEBIAN_KEYRING.armored.map((armoredKey) => readKey({ armoredKey })));
    const held = keys.map((key) => key.getFingerprint().toUpperCase());
    const accepted = [...SUITES.values()].flatMap(({ archive, security }) => [...archive, ...security]);
    expect(held.toSorted()).toEqual([...new Set(accepted)].toSorted());
  });

  it("are public, Debian's by name and valid for trixie's life", async () => {
    for (const armoredKey of DEBIAN_KEYRING.armored) {
      const key = await readKey({ armoredKey });
      expect(key.isPrivate()).toBe(false);
      expect(key.getUserIDs().join()).toMatch(/^Debian .*(?:Signing|Release) Key \(1[23]\//);
      expect(((await key.getExpirationTime()) as Date) > new Date("2030-01-01")).toBe(true);
    }
  });

  it("of the main archive do not sign security updates, nor the other way round", () => {
    for (const { archive, security } of SUITES.values()) {
      expect(archive.filter((print) => security.includes(print))).toEqual([]);
    }
  });

  it("accept nobody for a suite that is not known", () => {
    expect(DEBIAN_KEYRING.fingerprints("jessie", "debian")).toEqual([]);
  });
});

import { describe, expect, it } from "vitest";
import type { ScanSubject, Scanner } from "./scanner.ts";
import { compareSeverity } from "./severity.ts";

/** A scanner with its subject: an image with lodash 4.17.10 and, of Debian 12, openssl 3.0.8-1. */
export interface ScannerUnderTest {
  readonly scanner: Scanner;
  readonly subject: ScanSubject;
  /** The same with nothing to know anything from. */
  readonly ignorant: Scanner;
  readonly close: () => Promise<void>;
}

/** What whoever asks a scanner may rely on. */
export function scannerContract(name: string, open: () => Promise<ScannerUnderTest>): void {
  const { signal } = new AbortController();
  const using = async (check: (under: ScannerUnderTest) => Promise<void>): Promise<void> => {
    const under = await open();
    try {
      await check(under);
    } finally {
      await under.close();
    }
  };

  describe(`${name} as a scanner`, () => {
    it("speaks of the image it was given", () =>
      using(async ({ scanner, subject }) => {
        const { digest, platform, scanner: facts, problems } = await scanner.scan(subject, signal);
        expect({ digest, platform }).toEqual({
          digest: subject.image.manifest.digest,
          platform: subject.image.platform,
        });
        expect(facts.name).toBe(scanner.name);
        expect(problems).toEqual([]);
      }));

    it("finds what is vulnerable, and where it is", () =>
      using(async ({ scanner, subject }) => {
        const { findings } = await scanner.scan(subject, signal);
        const places = subject.inventory.packages.map(({ purl, locations }) => [purl, locations[0]]);
        expect(findings.map(({ id }) => id)).toEqual(
          expect.arrayContaining(["CVE-2019-10744", "CVE-2023-0464"]),
        );
        expect(places).toEqual(
          expect.arrayContaining(
            findings.map(({ package: { purl, path, layer } }) => [purl, { path, layer }]),
          ),
        );
      }));

    it("puts the worst first, and the same in the same order", () =>
      using(async ({ scanner, subject }) => {
        const first = await scanner.scan(subject, signal);
        const severities = first.findings.map(({ severity }) => severity);
        expect(severities).toEqual(severities.toSorted(compareSeverity));
        expect(await scanner.scan(subject, signal)).toEqual(first);
      }));

    it("says what it knew, in a version that changes with it", () =>
      using(async ({ scanner, subject }) => {
        const { database } = await scanner.scan(subject, signal);
        expect(database.version).toMatch(/^[\da-f]{64}$/);
        expect(Date.parse(database.updated ?? "")).not.toBeNaN();
      }));

    it("calls it a problem where it knows nothing", () =>
      using(async ({ ignorant, subject }) => {
        const { findings, problems, database } = await ignorant.scan(subject, signal);
        expect(findings).toEqual([]);
        expect(database.version).toBe("");
        expect(problems.length).toBeGreaterThan(0);
        expect(new Set(problems.map(({ kind }) => kind))).toEqual(new Set(["blind"]));
      }));

    it("rejects where it is stopped", () =>
      using(async ({ scanner, subject }) => {
        await expect(scanner.scan(subject, AbortSignal.abort())).rejects.toThrow(/stopped|abort/i);
      }));
  });
}

import { memoryStore } from "@seaworthy/oci";
import { describe, expect, it } from "vitest";
import { LODASH, OPENSSL, scannedWith } from "../../../test/scanned.ts";
import { storedSubject } from "../../../test/stored-subject.ts";
import { inventoryOf } from "../../../test/subject.ts";
import { attachStatement } from "../../attach.ts";
import { findStatements } from "../../find.ts";
import { statementAbout } from "../../statement.ts";
import { VULNERABILITIES_TYPE, scanKey, vulnerabilityPredicate } from "./predicate.ts";
import { readPredicate } from "./read-predicate.ts";

const TIMES = { started: new Date("2026-11-22T12:00:00Z"), finished: new Date("2026-11-22T12:00:01Z") };
const inventory = inventoryOf(["npm lodash 4.17.10"]);
const UNREAD = { kind: "unread", message: "inventory: app/x.jar: is no zip" } as const;
const BLIND = { kind: "blind", message: "there are no advisories of fedora 43", hint: "use trivy" } as const;

describe("a scan as a predicate", () => {
  it("is what in-toto's type wants", () => {
    const { report } = scannedWith([OPENSSL, LODASH]);
    expect(vulnerabilityPredicate(report, TIMES)).toMatchObject({
      scanner: {
        uri: "https://osv.dev",
        version: "1",
        db: { uri: "https://osv.example", version: "abc", lastUpdate: "2026-11-22T00:00:00Z" },
        result: [
          { id: "CVE-2025-9230" },
          {
            id: "CVE-2021-23337",
            severity: [
              { method: "rating", score: "high" },
              { method: "cvss_v3", score: "7.2" },
            ],
          },
        ],
      },
      metadata: { scanStartedOn: "2026-11-22T12:00:00.000Z", scanFinishedOn: "2026-11-22T12:00:01.000Z" },
    });
  });

  it("gives the same report again, also by way of a registry", async () => {
    const repository = memoryStore();
    const { manifest } = (await storedSubject(repository, inventory)).image;
    const { report } = scannedWith([OPENSSL, LODASH], { problems: [UNREAD] });
    const about = { ...report, digest: manifest.digest };
    const [predicateType, predicate] = [VULNERABILITIES_TYPE, vulnerabilityPredicate(about, TIMES)];
    const key = scanKey(inventory, report);
    const statement = statementAbout(manifest, { name: "ghcr.io/acme/web", predicateType, predicate });
    await attachStatement(repository, manifest, statement, { key });
    const [found] = await findStatements(repository, manifest, { predicateType, key });
    expect(readPredicate(found!.statement.predicate, manifest.digest)).toEqual(about);
  });

  it("is not made where the scanner was blind", () => {
    expect(vulnerabilityPredicate(scannedWith([], { problems: [BLIND] }).report, TIMES)).toBeUndefined();
  });

  const made = (change: (predicate: Record<string, Record<string, unknown>>) => void): unknown => {
    const { report } = scannedWith([LODASH]);
    const predicate = JSON.parse(JSON.stringify(vulnerabilityPredicate(report, TIMES))) as never;
    change(predicate);
    return predicate;
  };

  it.each<[string, unknown, RegExp]>([
    ["nothing", null, /^scan of sha256:x: expected an object, found nothing/],
    ["another tool's", made((predicate) => delete predicate["seaworthy"]), /seaworthy: expected an object/],
    [
      "one whose results are bare",
      made(({ scanner }) => (scanner!["result"] = [{ id: "CVE-1" }])),
      /result\[0\].annotations: expected a finding/,
    ],
    [
      "one with a severity nobody knows",
      made(({ scanner }) => (scanner!["result"] = [{ annotations: [{ ...LODASH, severity: "none" }] }])),
      /severity: expected critical, high, medium, low, unknown, found "none"/,
    ],
    [
      "one without results",
      made(({ scanner }) => (scanner!["result"] = {})),
      /scanner.result: expected a list/,
    ],
  ])("is not read from %s", (_, predicate, message) => {
    expect(() => readPredicate(predicate, "sha256:x")).toThrow(
      expect.objectContaining({ code: "invalid-statement", message: expect.stringMatching(message) }),
    );
  });

  it("has a key that changes with the packages and with what was known", () => {
    const { report } = scannedWith([]);
    const key = scanKey(inventory, report);
    expect(scanKey(inventoryOf(["npm lodash 4.17.10"]), report)).toBe(key);
    expect(scanKey(inventoryOf(["npm lodash 4.17.11"]), report)).not.toBe(key);
    expect(scanKey(inventory, { ...report, database: { ...report.database, version: "abd" } })).not.toBe(key);
    expect(scanKey(inventory, { ...report, scanner: { name: "osv", version: "2" } })).not.toBe(key);
  });
});

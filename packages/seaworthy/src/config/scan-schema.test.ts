import { describe, expect, it } from "vitest";
import { scan } from "./scan-schema.ts";

const exception = { id: "CVE-2021-44228", reason: "not used", owner: "alice", expires: "2026-12-31" };
const trivy = { path: "/usr/bin/trivy", sha256: "a".repeat(64), version: "0.67.2" };

describe("scan in the config", () => {
  it("refuses high and worse that has a fix where nothing is said", () => {
    expect(scan.parse({})).toEqual({
      failOn: {
        severity: "high",
        fixable: true,
        unrated: "high",
        exploited: false,
        graceDays: 0,
        unread: false,
      },
      exceptions: [],
      vex: [],
    });
  });

  it("takes what it is told", () => {
    const given = {
      source: "https://mirror.example/osv",
      maxAge: "3d",
      exploited: "http://127.0.0.1:8080/kev.json",
      failOn: { severity: "critical", graceDays: 14 },
      exceptions: [{ ...exception, package: "pkg:npm/lodash" }],
      vex: ["security/app.vex.json"],
      trivy: { ...trivy, databases: ["mirror.example/trivy-db:2"] },
    };
    expect(scan.parse(given)).toMatchObject({ ...given, maxAge: 3 * 86_400_000 });
  });

  it.each<[string, object]>([
    ["plain http", { source: "http://mirror.example/osv" }],
    ["a host that only looks like this machine", { source: "http://localhost.example/osv" }],
    ["an address and a folder", { source: "https://mirror.example", offline: "osv" }],
    ["a severity nobody has", { failOn: { severity: "urgent" } }],
    ["unknown as a severity", { failOn: { severity: "unknown" } }],
    ["grace without end", { failOn: { graceDays: 1e9 } }],
    ["an exception without an end", { exceptions: [{ ...exception, expires: undefined }] }],
    ["an exception to a day that is none", { exceptions: [{ ...exception, expires: "2026-02-30" }] }],
    ["an exception to a time", { exceptions: [{ ...exception, expires: "never" }] }],
    ["an exception without a reason", { exceptions: [{ ...exception, reason: "" }] }],
    ["an exception nobody owns", { exceptions: [{ ...exception, owner: undefined }] }],
    ["a trivy without checksum", { trivy: { ...trivy, sha256: undefined } }],
    ["a trivy with half a checksum", { trivy: { ...trivy, sha256: "abc" } }],
    ["a trivy of any version", { trivy: { ...trivy, version: "latest" } }],
    ["what is misspelt", { failon: {} }],
  ])("does not take %s", (_, given) => expect(scan.safeParse(given).success).toBe(false));
});

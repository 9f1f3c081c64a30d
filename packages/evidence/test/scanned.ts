import { digestOf } from "@seaworthy/oci";
import { type Finding, affectedPackage } from "../src/vulnerabilities/finding.ts";
import type { Exception } from "../src/vulnerabilities/gate/exception.ts";
import { judge } from "../src/vulnerabilities/gate/judge.ts";
import { DEFAULT_RULES } from "../src/vulnerabilities/gate/rules.ts";
import type { LayerOrigin } from "../src/vulnerabilities/origin.ts";
import type { Scanned } from "../src/vulnerabilities/report/scanned.ts";
import type { ScanProblem } from "../src/vulnerabilities/scanner.ts";
import { packageOf } from "./subject.ts";

export const LODASH: Finding = {
  id: "CVE-2021-23337",
  aliases: ["GHSA-35jh-r3h4-6jhm"],
  package: affectedPackage(packageOf("npm lodash 4.17.10", 2)),
  fixedIn: "4.17.21",
  severity: "high",
  score: 7.2,
  vector: "CVSS:3.1/AV:N/AC:L/PR:H/UI:N/S:U/C:H/I:H/A:H",
  exploited: false,
  published: "2021-05-06T16:05:51Z",
  summary: "Command Injection in lodash",
  url: "https://osv.dev/vulnerability/GHSA-35jh-r3h4-6jhm",
  remarks: [],
};

export const OPENSSL: Finding = {
  id: "CVE-2025-9230",
  aliases: ["DEBIAN-CVE-2025-9230"],
  package: affectedPackage(packageOf("deb libssl3t64 3.5.1-1 openssl", 0)),
  fixedIn: "3.5.1-1+deb13u1",
  severity: "high",
  score: 7.5,
  summary: "Issue summary: out-of-bounds read and write",
  url: "https://osv.dev/vulnerability/DEBIAN-CVE-2025-9230",
  remarks: [],
};

const { fixedIn: _, ...unfixed } = OPENSSL;
export const ZLIB: Finding = {
  ...unfixed,
  id: "CVE-2023-45853",
  aliases: [],
  package: affectedPackage(packageOf("deb zlib1g 1:1.2.13.dfsg-1 zlib", 0)),
  severity: "critical",
  score: 9.8,
  summary: "MiniZip in zlib through 1.3 has an integer overflow",
};

/** Layer 0 is a base, 1 is from a line that is known, 2 from one that is not. */
const ORIGINS: readonly LayerOrigin[] = [
  { layer: 0, createdBy: "seaworthy: node:24 assembled", base: { name: "node:24", kind: "assembled" } },
  { layer: 1, createdBy: "RUN make", line: { file: "Dockerfile", line: 7 } },
  { layer: 2, createdBy: "COPY . /app", line: { file: "Dockerfile", line: 9 } },
];

export function scannedWith(
  findings: readonly Finding[],
  {
    problems = [],
    exceptions = [],
    platform = "linux/amd64",
    image = "ghcr.io/acme/web",
  }: {
    readonly problems?: readonly ScanProblem[];
    readonly exceptions?: readonly Exception[];
    readonly platform?: string;
    readonly image?: string;
  } = {},
): Scanned {
  const report = {
    digest: digestOf("manifest"),
    platform,
    scanner: { name: "osv", version: "1" },
    database: {
      source: "https://osv.example",
      version: "abc",
      updated: "2026-11-22T00:00:00Z",
      ecosystems: [{ name: "npm", advisories: 5, updated: "2026-11-22T00:00:00Z" }],
    },
    findings,
    problems,
  };
  const excuses = { exceptions, vex: [], image: { digests: [] } };
  const judgement = judge(report, DEFAULT_RULES, excuses, Date.parse("2026-11-22T12:00:00Z"));
  return { image, report, judgement, originOf: (layer) => ORIGINS[layer] ?? { layer } };
}

export const EXCEPTION: Exception = {
  id: "CVE-2021-23337",
  reason: "template() is not used",
  owner: "alice@acme.example",
  expires: "2026-12-31",
};

import type { SecretScan } from "./scanner.ts";

/** Of parts that have no place in common. @throws RangeError where there are none */
export function mergeScans(scans: readonly SecretScan[]): SecretScan {
  const [first] = scans;
  if (first === undefined) throw new RangeError("no scans to merge");
  const sum = (count: (scan: SecretScan) => number): number =>
    scans.reduce((all, scan) => all + count(scan), 0);
  return {
    rules: first.rules,
    texts: sum(({ texts }) => texts),
    bytes: sum(({ bytes }) => bytes),
    skipped: {
      binary: sum(({ skipped }) => skipped.binary),
      cut: scans.flatMap(({ skipped }) => skipped.cut),
      unreadable: scans.flatMap(({ skipped }) => skipped.unreadable),
    },
    findings: scans.flatMap(({ findings }) => findings),
    allowed: scans.flatMap(({ allowed }) => allowed),
  };
}

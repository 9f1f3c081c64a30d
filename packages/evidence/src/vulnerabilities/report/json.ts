import { adviceFor } from "../advice.ts";
import type { Scanned } from "./scanned.ts";

/** All that is known, as data: reports of platforms, each finding with its verdict, origin and advice. */
export function scanJson(scans: readonly Scanned[]): object {
  return {
    refused: scans.some(({ judgement }) => judgement.refused),
    platforms: scans.map(({ image, report, judgement, originOf }) => ({
      image,
      platform: report.platform,
      digest: report.digest,
      refused: judgement.refused,
      scanner: report.scanner,
      database: report.database,
      findings: judgement.verdicts.map(({ finding, verdict, reason }) => {
        const origin = originOf(finding.package.layer);
        return { ...finding, verdict, reason, origin, advice: adviceFor(finding, origin) };
      }),
      expired: judgement.expired,
      problems: report.problems,
    })),
  };
}

import { adviceFor, placeOf } from "../advice.ts";
import type { Judgement, Verdict } from "../gate/judge.ts";
import type { LayerOrigin } from "../origin.ts";
import type { ScanReport } from "../scanner.ts";

/** One platform's report with all that is shown of it. */
export interface Scanned {
  /** Name of the image without tag: `ghcr.io/acme/web`. */
  readonly image: string;
  readonly report: ScanReport;
  readonly judgement: Judgement;
  readonly originOf: (layer: number) => LayerOrigin;
}

/** A verdict as people read it. Cells are foreign text, of one line each. */
export interface Row {
  readonly verdict: Verdict["verdict"];
  readonly id: string;
  readonly package: string;
  readonly installed: string;
  readonly fixedIn: string;
  readonly severity: string;
  readonly place: string;
  readonly advice: string;
  readonly reason: string;
  readonly url: string;
}

export function rowsOf({ judgement, originOf }: Scanned): readonly Row[] {
  return judgement.verdicts.map(({ finding, verdict, reason }) => {
    const origin = originOf(finding.package.layer);
    const { score, severity, exploited } = finding;
    return {
      verdict,
      id: finding.id,
      package: finding.package.name,
      installed: finding.package.version,
      fixedIn: finding.fixedIn ?? "-",
      severity: [
        severity,
        ...(score === undefined ? [] : [score.toFixed(1)]),
        ...(exploited === true ? ["exploited"] : []),
      ].join(" "),
      place: placeOf(origin),
      advice: adviceFor(finding, origin),
      reason,
      url: finding.url,
    };
  });
}

/** `osv 1, data of 2026-11-22T00:00:00Z from https://…`: what a result is worth. */
export function basisOf({ scanner, database }: ScanReport): string {
  const asOf = database.updated === undefined ? "no data" : `data of ${database.updated}`;
  return `${scanner.name} ${scanner.version}, ${asOf} from ${database.source}`;
}

/** `2 refused, 1 excepted, 5 passed`; `nothing found` only goes alone where everything was looked at. */
export function countsOf({ verdicts, obstacles }: Judgement): string {
  const counts = (["refused", "excepted", "passed"] as const).flatMap((kind) => {
    const count = verdicts.filter(({ verdict }) => verdict === kind).length;
    return count === 0 ? [] : [`${count} ${kind}`];
  });
  const found = counts.length === 0 ? "nothing found" : counts.join(", ");
  return obstacles.length === 0 ? found : `${found}, but not everything was looked at`;
}

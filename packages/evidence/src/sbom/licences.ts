import parse from "spdx-expression-parse";

/** True for an SPDX licence expression of listed licences; references to texts elsewhere are none that stand alone. */
export function isExpression(text: string): boolean {
  if (/(?:LicenseRef|DocumentRef)-/.test(text)) return false;
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}

/** One expression that all of them apply. */
export function allOf(expressions: readonly string[]): string {
  const isOne = expressions.length === 1;
  return expressions.map((each) => (isOne || !/\s/.test(each) ? each : `(${each})`)).join(" AND ");
}

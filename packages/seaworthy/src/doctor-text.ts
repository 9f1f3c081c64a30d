import type { Check } from "@seaworthy/sandbox";

/** A line for each need, and below it what to type where something is missing. */
export function doctorText(checks: readonly Check[]): string {
  return checks
    .flatMap(({ name, ok, required, found, expected, fix }) => {
      const mark = ok ? "✓" : required ? "✗" : "-";
      const line = `${mark} ${name}: ${ok ? found : `${found}; expected ${expected}`}`;
      return ok || fix === undefined ? [line] : [line, `    → ${fix.join(" ")}`];
    })
    .join("\n");
}

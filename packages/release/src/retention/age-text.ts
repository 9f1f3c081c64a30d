const UNITS = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
  ["second", 1_000],
] as const;

/** `30 days`, in the largest unit that it is a whole number of. */
export function ageText(milliseconds: number): string {
  for (const [name, unit] of UNITS) {
    const count = milliseconds / unit;
    if (Number.isInteger(count)) return `${count} ${name}${count === 1 ? "" : "s"}`;
  }
  return `${milliseconds} ms`;
}

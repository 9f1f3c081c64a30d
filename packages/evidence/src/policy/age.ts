const UNITS: readonly (readonly [name: string, milliseconds: number])[] = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
];

/** `3 days`, `1 hour`, `under a minute`: the largest unit, rounded down. */
export function describeAge(milliseconds: number): string {
  for (const [name, size] of UNITS) {
    const count = Math.floor(milliseconds / size);
    if (count >= 1) return `${count} ${name}${count === 1 ? "" : "s"}`;
  }
  return "under a minute";
}

const EIGHTHS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/**
 * A bar that begins and ends at these fractions of so many columns, to an eighth of a column. What is there at all is
 * seen.
 */
export function bar(from: number, to: number, columns: number): string {
  const start = Math.min(Math.floor(clamp(from) * columns), columns - 1);
  const eighths = Math.max(1, Math.round((clamp(to) * columns - start) * 8));
  return `${" ".repeat(start)}${"█".repeat(eighths >> 3)}${EIGHTHS[eighths & 7]}`;
}

/** Sums of what others wrote may be endless, and fractions of those no number. */
function clamp(fraction: number): number {
  return Number.isNaN(fraction) ? 0 : Math.min(Math.max(fraction, 0), 1);
}

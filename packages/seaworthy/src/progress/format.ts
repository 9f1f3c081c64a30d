/** `12 ms`, `3.4 s`, `2 min 05 s`. */
export function formatMs(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  return `${Math.floor(ms / 60_000)} min ${String(Math.round((ms % 60_000) / 1_000)).padStart(2, "0")} s`;
}

/** Decimal units, as registries show them. */
export function formatBytes(bytes: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1_000 && unit < units.length - 1) {
    value /= 1_000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
}

/** Control characters of a build step's output must not reach the terminal of whoever watches. */
export function printable(text: string): string {
  return text.replaceAll(ESCAPE_SEQUENCE, "").replaceAll(/[^\P{Cc}\t\n]/gu, "");
}

/** Colours and cursor movements (ECMA-48, CSI). */
const ESCAPE_SEQUENCE = new RegExp(`${String.fromCodePoint(0x1b)}\\[[\\d;?]*[ -/]*[@-~]`, "g");

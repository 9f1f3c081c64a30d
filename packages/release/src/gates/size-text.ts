const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** Decimal units, as registries show them: `50.4 MB`. */
export function bytesText(bytes: number): string {
  const power = bytes < 1_000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length - 1);
  return power === 0 ? `${bytes} B` : `${(bytes / 1_000 ** power).toFixed(1)} ${UNITS[power]}`;
}

/** `+12.5 %`, `-3 %` */
export function percentText(share: number): string {
  const percent = Math.round(share * 1_000) / 10;
  return `${percent} %`;
}

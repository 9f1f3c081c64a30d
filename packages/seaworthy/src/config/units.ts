import { z } from "zod";

const MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Milliseconds from `10s`, `500ms`, `2m`, `1h`, `7d` or a number of seconds. */
export const duration = z
  .union([
    z.number().positive(),
    z.string().regex(/^\d+(?:\.\d+)?(?:ms|s|m|h|d)$/, 'expected a duration like "10s"'),
  ])
  .transform((value) => {
    if (typeof value === "number") return value * 1_000;
    const unit = /[a-z]+$/.exec(value)?.[0] as keyof typeof MS;
    return Number.parseFloat(value) * MS[unit];
  });

const BYTES = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, KiB: 1 << 10, MiB: 1 << 20, GiB: 1 << 30 } as const;
const SIZE = /^(\d+(?:\.\d+)?) ?(B|kB|MB|GB|KiB|MiB|GiB)$/;

/** Bytes from `60MB`, `1.5 GiB` or a number of bytes. */
export const bytes = z
  .union([z.int().nonnegative(), z.string().regex(SIZE, 'expected a size like "60MB"')])
  .transform((value) => (typeof value === "number" ? value : parseBytes(value)));

export function parseBytes(text: string): number {
  const [, amount = "", unit = "B"] = SIZE.exec(text) ?? [];
  return Math.round(Number(amount) * BYTES[unit as keyof typeof BYTES]);
}

/** A share from `10%`, or bytes from `5MB`. */
export const growth = z
  .string()
  .regex(/^\d+(?:\.\d+)? ?(?:%|B|kB|MB|GB|KiB|MiB|GiB)$/, 'expected a growth like "10%" or "5MB"')
  .transform((text) =>
    text.endsWith("%") ? { share: Number.parseFloat(text) / 100 } : { bytes: parseBytes(text) },
  );

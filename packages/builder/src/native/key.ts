import { createHash } from "node:crypto";

/** Part of every key: raise it when the bytes made from the same inputs change. */
const FORMAT = 2;

type Json =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly Json[]
  | { readonly [name: string]: Json };

/** 64 hex digits over canonical JSON (object keys sorted), so that equal inputs give equal keys. */
export function keyOf(parts: { readonly op: string } & { readonly [name: string]: Json }): string {
  return createHash("sha256")
    .update(canonical({ format: FORMAT, ...parts }))
    .digest("hex");
}

function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map((item: Json) => canonical(item)).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const entries = Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : 1));
    return `{${entries.map(([name, item]) => `${JSON.stringify(name)}:${canonical(item)}`).join(",")}}`;
  }
  return JSON.stringify(value ?? null);
}

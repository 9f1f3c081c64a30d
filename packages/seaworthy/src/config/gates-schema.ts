import type { Policy } from "@seaworthy/release";
import { z } from "zod";
import { bytes, duration, growth } from "./units.ts";

const MINUTES = 60_000;

const test = z.strictObject({
  name: z.string().min(1).max(200),
  /** Program and arguments; a text is for `sh -c`. */
  run: z
    .union([z.string().min(1), z.array(z.string()).min(1)])
    .transform((run) => (typeof run === "string" ? ["sh", "-c", run] : run)),
  cwd: z.string().min(1).default("."),
  env: z.record(z.string(), z.string()).default({}),
  timeout: duration.default(30 * MINUTES),
  always: z.boolean().default(false),
});

/** One after the other; what stands in a list of its own runs side by side. */
export const tests = z
  .array(z.union([test, z.array(test).min(1)]).transform((step) => (Array.isArray(step) ? step : [step])))
  .superRefine((groups, context) => {
    const names = new Set<string>();
    for (const { name } of groups.flat()) {
      if (names.has(name)) {
        context.addIssue({
          code: "custom",
          message: `expected a name of its own for ${JSON.stringify(name)}`,
        });
      }
      names.add(name);
    }
  })
  .default([]);

export const size = z.strictObject({ max: bytes.optional(), growth: growth.optional() }).default({});

const check = z.custom<Policy["check"]>((value) => typeof value === "function", "expected a function");

/** Functions of the evidence: what they give is what is wrong. */
export const policies = z.array(z.strictObject({ name: z.string().min(1), check })).default([]);

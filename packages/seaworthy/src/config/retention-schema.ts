import { DEFAULT_RULES, type RetentionPolicy } from "@seaworthy/release";
import { z } from "zod";
import { duration } from "./units.ts";

const HOUR = 3_600_000;

const pattern = z
  .string()
  .regex(
    /^(?:[\w.*?-]|<version>|<sha>)+$/,
    'expected a pattern of tags: letters, digits, ". _ -", "*", "?", <version>, <sha>',
  );

const rule = z
  .strictObject({
    tags: z.union([pattern, z.array(pattern).min(1)]).transform((value) => [value].flat()),
    for: z.union([z.literal("ever"), duration]).optional(),
    newest: z.int().min(0).optional(),
  })
  .refine((value) => value.for !== undefined || value.newest !== undefined, {
    path: ["for"],
    message: 'expected "ever", a duration, or newest beside it',
  });

/** What `seaworthy clean` keeps. The rules of the config come before the defaults. */
export const retention = z
  .strictObject({
    newest: z.int().min(1).default(10),
    rollbacks: z.int().min(1).max(100).default(3),
    untagged: duration
      .default(24 * HOUR)
      .refine((value) => value >= HOUR, "expected at least an hour: it may be half of an upload"),
    rules: z.array(rule).default([]),
  })
  .prefault({})
  .transform(({ rules, ...rest }): RetentionPolicy => {
    const own = rules.map(({ tags, ...when }) => ({
      tags,
      ...(when.for === undefined ? {} : { for: when.for }),
      ...(when.newest === undefined ? {} : { newest: when.newest }),
    }));
    return { ...rest, rules: [...own, ...DEFAULT_RULES] };
  });

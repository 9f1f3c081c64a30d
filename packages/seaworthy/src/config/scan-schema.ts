import { z } from "zod";
import { duration } from "./units.ts";

const rating = z.enum(["critical", "high", "medium", "low"]);

/** A place that decides what a gate sees. */
const address = z
  .url({ protocol: /^https?$/ })
  .refine((text) => !text.startsWith("http:") || /^http:\/\/(?:127\.|localhost[:/]|\[::1\])/.test(text), {
    message: "expected an https address",
  });

const failOn = z.strictObject({
  severity: rating.default("high"),
  fixable: z.boolean().default(true),
  unrated: rating.default("high"),
  exploited: z.boolean().default(false),
  graceDays: z.int().min(0).max(365).default(0),
  unread: z.boolean().default(false),
});

/** Somebody answers for it, for a reason, until a day: an exception without an end is a rule. */
const exception = z.strictObject({
  id: z.string().min(1).max(200),
  package: z.string().min(1).max(1_000).optional(),
  reason: z.string().min(1).max(1_000),
  owner: z.string().min(1).max(200),
  expires: z.iso.date("expected a day like 2026-12-31"),
});

const trivy = z.strictObject({
  path: z.string().min(1),
  sha256: z.string().regex(/^[\da-f]{64}$/, "expected the sha256 of the program, 64 hex digits"),
  version: z.string().regex(/^v?\d+\.\d+\.\d+$/, "expected a version like 0.67.2"),
  databases: z.array(z.string().min(1)).min(1).optional(),
});

export const scan = z
  .strictObject({
    source: address.optional(),
    offline: z.string().min(1).optional(),
    maxAge: duration.optional(),
    exploited: address.optional(),
    failOn: failOn.prefault({}),
    exceptions: z.array(exception).default([]),
    vex: z.array(z.string().min(1)).default([]),
    trivy: trivy.optional(),
  })
  .refine(({ source, offline }) => source === undefined || offline === undefined, {
    path: ["source"],
    message: "expected nothing beside offline, which asks no network",
  });

export type ScanSettings = z.output<typeof scan>;

import { z } from "zod";
import { compose } from "./compose-schema.ts";
import { httpCheck, httpExpected } from "./http-schema.ts";
import { kubernetes } from "./kubernetes-schema.ts";
import { duration } from "./units.ts";

const SECOND = 1_000;
const port = z.int().min(1).max(65_535);

const localService = z.strictObject({
  /** Others find it by this name. */
  name: z.string().regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "expected a name that a host may have"),
  args: z.array(z.string()).optional(),
  env: z.record(z.string(), z.string()).optional(),
  port: port.optional(),
  http: httpExpected.optional(),
  network: z.enum(["port", "none"]).default("port"),
  healthyWithin: duration.default(30 * SECOND),
  stopsWithin: duration.default(10 * SECOND),
});

/** Containers on this machine's loopback; without `services` those of `verify`. */
const local = z.strictObject({
  services: z.array(localService).min(1).optional(),
  /** Ports of 127.0.0.1 by service. */
  publish: z.record(z.string(), port).default({}),
  /** More environment, by service. */
  env: z.record(z.string(), z.record(z.string(), z.string())).default({}),
  hold: duration.default(SECOND),
});

const environment = z.strictObject({
  local: local.optional(),
  compose: compose.optional(),
  kubernetes: kubernetes.optional(),
  /** Asked from here once all is healthy, and throughout the hold time. */
  checks: z.array(httpCheck).default([]),
  /** Policy that an image must meet first. */
  policy: z.string().min(1).optional(),
  /** For all services to become healthy. */
  within: duration.default(300 * SECOND),
  /** For what ran before to be back. */
  rollbackWithin: duration.default(120 * SECOND),
  /** Where it answers, for people. */
  url: z.url({ protocol: /^https?$/ }).optional(),
});

const KINDS = ["local", "compose", "kubernetes"] as const;

/** Somewhere to deploy to, by name; each has one target. */
export const environments = z
  .record(
    z
      .string()
      .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, "expected lower case letters, digits and dashes"),
    environment
      .refine((value) => KINDS.filter((kind) => value[kind] !== undefined).length === 1, {
        message: `expected one target: ${KINDS.join(", ")}`,
      })
      // What is asked at its address is answered by what ran before, until all of the new one is well.
      .refine(({ local: isLocal, checks }) => isLocal === undefined || checks.length === 0, {
        path: ["checks"],
        message: "expected none beside local, whose services say under http what they answer",
      }),
  )
  .default({});

export type ParsedEnvironment = z.output<typeof environment>;
export type LocalConfig = z.output<typeof local>;

import { type SeaworthyError, parsePlatform } from "@seaworthy/oci";
import { z } from "zod";
import { policies, size, tests } from "./gates-schema.ts";
import { environments } from "./environments-schema.ts";
import { httpService } from "./http-schema.ts";
import { scan } from "./scan-schema.ts";
import { duration } from "./units.ts";
import { notifier } from "./notify-schema.ts";
import { retention } from "./retention-schema.ts";
import { sign } from "./sign-schema.ts";
import { readImageName } from "./image-name.ts";

/** Texts that another package reads: what it says against one is the fault. */
function readBy(read: (text: string) => unknown): z.ZodType<string, string> {
  return z.string().superRefine((text, context) => {
    try {
      read(text);
    } catch (error) {
      const { message } = error as SeaworthyError;
      context.addIssue({ code: "custom", message: message.replace(/^\w+ "(?:[^"\\]|\\.)*": /, "") });
    }
  });
}

/** Tags are made from the commit, so a name comes without. */
const imageName = readBy((text) => {
  if (readImageName(text).suffix !== "") throw new Error("expected a name without tag and digest");
}).transform((text) => readImageName(text).name);

/** A list as docker/metadata-action takes it, one entry a line. */
const lines = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => (typeof value === "string" ? value : value.join("\n")));

const service = z.strictObject({
  name: z.string().min(1),
  args: z.array(z.string()).optional(),
  env: z.record(z.string(), z.string()).optional(),
  http: httpService.optional(),
  healthyWithin: duration.default(10_000),
  stopsWithin: duration.default(5_000),
});

const reject = z.strictObject({
  name: z.string().min(1),
  args: z.array(z.string()),
  exitCode: z.int().min(1).max(255).default(1),
});

const verify = z
  .strictObject({
    services: z.array(service).default([]),
    rejects: z.array(reject).default([]),
    allowRoot: z.boolean().default(false),
  })
  .superRefine(({ services, rejects }, context) => {
    const names = new Set<string>();
    for (const [list, checks] of Object.entries({ services, rejects })) {
      for (const [at, { name }] of checks.entries()) {
        const path = [list, at, "name"];
        if (names.has(name))
          context.addIssue({ code: "custom", path, message: "expected a name of its own" });
        names.add(name);
      }
    }
  });

/** The shape of seaworthy.config.ts; `bases` hold what `debian()` gave, which has checked itself. */
export const schema = z
  .strictObject({
    image: imageName.optional(),
    context: z.string().min(1).default("."),
    dockerfile: z.string().min(1).optional(),
    target: z.string().min(1).optional(),
    platforms: z.array(readBy(parsePlatform)).min(1).optional(),
    args: z.record(z.string(), z.string()).default({}),
    build: z.strictObject({ retries: z.int().min(0).max(10).default(2) }).default({ retries: 2 }),
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.record(z.string(), z.string()).default({}),
    bases: z
      .record(
        z.string(),
        z.custom(
          (value) => (value as { kind?: unknown } | null)?.kind === "debian",
          "expected debian({ … })",
        ),
      )
      .default({}),
    tags: z
      .strictObject({
        latest: z.enum(["default-branch", "stable"]).or(z.literal(false)).optional(),
        rules: lines.optional(),
        flavor: lines.optional(),
      })
      .refine(({ rules, latest }) => rules === undefined || latest === undefined, {
        path: ["latest"],
        message: "expected nothing beside rules, which say themselves what moves latest",
      })
      .refine(({ rules, flavor }) => rules !== undefined || flavor === undefined, {
        path: ["flavor"],
        message: "expected rules beside it: a flavor is of rules",
      })
      .default({}),
    tests,
    verify: verify.optional(),
    secrets: z.boolean().default(false),
    size,
    policies,
    scan: scan.optional(),
    registry: z.strictObject({ port: z.int().min(1).max(65_535).default(5_000) }).default({ port: 5_000 }),
    mirrors: z
      .strictObject({
        debian: z.array(z.url()).optional(),
        debianSecurity: z.array(z.url()).optional(),
        npm: z.array(z.url()).optional(),
      })
      .default({}),
    trust: z.enum(["host", "none"]).default("host"),
    notify: z.array(notifier).default([]),
    sign: sign.optional(),
    environments,
    /** Where a release goes by itself, other than in CI. */
    deploy: z.string().min(1).optional(),
    retention,
  })
  .refine(({ deploy, environments: known }) => deploy === undefined || known[deploy] !== undefined, {
    path: ["deploy"],
    message: "expected one of environments",
  });

export type ParsedConfig = z.output<typeof schema>;
export type ConfigInput = z.input<typeof schema>;

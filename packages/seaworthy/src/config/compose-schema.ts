import { z } from "zod";
import { duration } from "./units.ts";

const SECOND = 1_000;
const name = z.string().min(1);
const file = z.string().min(1);

/** A project of Docker Compose or Podman compose; its files are read and never written to. */
export const compose = z
  .strictObject({
    files: z.array(file).min(1),
    project: z
      .string()
      .regex(/^[a-z0-9][a-z0-9_-]{0,99}$/, "expected lower case letters, digits, dashes and underscores")
      .optional(),
    /** What runs the released image; without it every service whose image has its name. */
    services: z.array(name).min(1).optional(),
    /** Its name in the files, where that is another. */
    image: z
      .string()
      .regex(/^[^@\s]+$/, "expected a name without tag and digest")
      .optional(),
    envFiles: z.array(file).default([]),
    command: z.enum(["docker", "podman"]).default("docker"),
    /** Of the engine, as DOCKER_HOST has it. */
    host: z
      .string()
      .regex(/^(?:ssh|tcp|unix|http|https):\/\/\S+$/, 'expected an address like "ssh://deploy@example.com"')
      .optional(),
    context: name.optional(),
    hold: duration.default(5 * SECOND),
    within: duration.default(120 * SECOND),
    keep: z.int().min(2).max(50).default(5),
  })
  .refine(({ host, context }) => host === undefined || context === undefined, {
    path: ["context"],
    message: "expected nothing beside host, which says where the engine is",
  });

export type ComposeConfig = z.output<typeof compose>;

import { z } from "zod";
import { duration } from "./units.ts";

/** RFC 1123, as namespaces are called. */
const label = z
  .string()
  .regex(/^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/, "expected lower case letters, digits and -, at most 63");

/** As an image is called in a manifest: what comes behind is taken off there, and so belongs to nobody here. */
const imageName = z
  .string()
  .min(1)
  .max(255)
  .regex(/^[^\s@]+$/, "expected a name without digest")
  .refine((name) => !/:[^/]*$/.test(name), "expected a name without tag");

/** An environment in a cluster. Paths are from the folder of the config. */
export const kubernetes = z.strictObject({
  manifests: z.string().min(1),
  namespace: label.optional(),
  context: z.string().min(1).optional(),
  kubeconfig: z.string().min(1).optional(),
  images: z.array(imageName).default([]),
  hold: duration.default(10_000),
});

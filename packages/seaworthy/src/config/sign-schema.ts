import type { SigningKey } from "@seaworthy/evidence";
import { z } from "zod";
import { variable } from "./notify-schema.ts";

const plugIn = z.custom<SigningKey>((value) => {
  const { publicKey, sign: signing } = (value ?? {}) as Partial<Record<keyof SigningKey, unknown>>;
  return typeof publicKey === "string" && typeof signing === "function";
});

const key = z.union([z.string().min(1), variable, plugIn], {
  error: "expected a file, { env: … } or { publicKey, sign }",
});

/** What is not named of a deployment of one's own is not asked; `true` is the public sigstore. */
const services = z.strictObject({ fulcio: z.url(), rekor: z.url().optional(), tsa: z.url().optional() });
const keyless = z.union([z.literal(true), services], {
  error: "expected true or { fulcio, rekor, tsa }",
});

export const sign = z
  .strictObject({
    key: key.optional(),
    keyless: keyless.optional(),
    trustedRoot: z.string().min(1).optional(),
    publishUnsigned: z.boolean().default(false),
    tagScheme: z.boolean().default(false),
  })
  .refine((value) => value.key !== undefined || value.keyless !== undefined, {
    path: ["key"],
    message: "expected key, keyless or both: with both the key signs where the authority cannot be reached",
  });

export type SignConfig = z.output<typeof sign>;
export type KeyPlace = z.output<typeof key>;

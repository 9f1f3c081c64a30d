import { z } from "zod";

const status = z.int().min(100).max(599).default(200);
const body = z.string().min(1).max(10_000).optional();
const answer = { path: z.string().startsWith("/").default("/"), status, body };

/** What a service answers when it is well, where its port is known. */
export const httpExpected = z.strictObject(answer).transform(said);

/** The same, with its port. */
export const httpService = z.strictObject({ port: z.int().min(1).max(65_535), ...answer }).transform(said);

/** What is answered when all of an environment is well. */
export const httpCheck = z
  .strictObject({ url: z.url({ protocol: /^https?$/ }), status, body })
  .transform(said);

function said<T extends { readonly body?: string | undefined }>(
  value: T,
): Omit<T, "body"> & { readonly body?: string } {
  const { body: text, ...rest } = value;
  return text === undefined ? rest : { ...rest, body: text };
}

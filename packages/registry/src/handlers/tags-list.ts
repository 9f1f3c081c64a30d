import { ApiError } from "../api-error.ts";
import type { Handle } from "../context.ts";
import { pageOf } from "../paging.ts";
import { nameOf } from "../parameters.ts";

export const listTags: Handle = async ({ store }, c) => {
  const name = nameOf(c);
  const tags = await store.repository(name).tags();
  if (tags.length === 0 && !(await store.repositories()).includes(name)) {
    throw new ApiError(404, "NAME_UNKNOWN", `${name} is not there`);
  }
  const { items, headers } = pageOf(c, tags);
  return c.json({ name, tags: items }, 200, headers);
};

import type { Handle } from "../context.ts";
import { pageOf } from "../paging.ts";

/** Not of the OCI specification; clients of Docker's registry know it. */
export const catalog: Handle = async ({ store }, c) => {
  const { items, headers } = pageOf(c, await store.repositories());
  return c.json({ repositories: items }, 200, headers);
};

import { type Repository, parseReference } from "@seaworthy/oci";
import type { Workshop } from "../machine/workshop.ts";

/** Loopback names are the embedded registry, whose store is at hand: no server has to run to publish there. */
export function isEmbedded(name: string): boolean {
  return /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?\//.test(name);
}

export function destinationOf(
  name: string,
  { layout, remote }: Pick<Workshop, "layout" | "remote">,
): Repository {
  const { registry, repository } = parseReference(name);
  return isEmbedded(name) ? layout.repository(repository) : remote({ registry, repository });
}

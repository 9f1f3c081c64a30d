import type { Claims } from "./claims.ts";
import { type SigstoreServices, isPublic } from "./services.ts";

/**
 * What whoever signs should know before anything is sent: a public log names the repository, its workflow and branch
 * for ever. Undefined where the log is somebody's own or the repository is public.
 */
export function warnBeforePublicLog(
  services: SigstoreServices,
  { visibility, repository, identity }: Claims,
): string | undefined {
  if (!isPublic(services) || visibility === "public") return undefined;
  const what = repository ?? identity;
  const kind = visibility === undefined ? `${what} may be private` : `${what} is ${visibility}`;
  return `${kind}: signing it keyless writes ${identity} into a public log that nobody can delete from`;
}

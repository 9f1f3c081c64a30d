import type { ReleaseRequest, ReleaseTools } from "../../request.ts";
import { planMoves, refuse } from "./move.ts";

/**
 * Asks about the tags as soon as the digest is known: whoever may not move them hears it before the checks have run, not
 * after. What counts is asked again right before a tag moves.
 * @throws ReleaseError `refused`
 */
export async function refuseEarly(
  { tags, forceTags = false, noPush }: ReleaseRequest,
  { repository, ancestry, signal }: Pick<ReleaseTools, "repository" | "ancestry" | "signal">,
  digest: string,
): Promise<void> {
  if (noPush !== undefined) return;
  refuse(await planMoves(repository, tags, { ancestry, force: forceTags, signal, digest }));
}

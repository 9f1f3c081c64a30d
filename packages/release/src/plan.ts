import { type Repository, formatPlatform } from "@seaworthy/oci";
import { type BaseUse } from "@seaworthy/builder";
import type { ReleaseRequest } from "./request.ts";
import type { Git } from "./source.ts";
import { type TagVerdict, planMoves } from "./tags/guard/move.ts";

/** What a release would do; reading it touches nothing. */
export interface ReleasePlan {
  /** Registry and repository, without tag. */
  readonly name: string;
  readonly version: string;
  readonly revision?: string;
  readonly dirty: boolean;
  readonly platforms: readonly { readonly platform: string; readonly cannotRun?: string }[];
  readonly bases: readonly BaseUse[];
  readonly tags: readonly TagVerdict[];
  readonly checks: readonly string[];
}

export async function makePlan(
  request: ReleaseRequest,
  bases: readonly BaseUse[],
  repository: Repository,
  { git, signal }: { readonly git: Git; readonly signal: AbortSignal },
): Promise<ReleasePlan> {
  const { version } = request.tags;
  const { revision, dirty } = request.source;
  const { services, rejects, allowRoot } = request.verify;
  const force = request.forceTags ?? false;
  const moves = await planMoves(repository, request.tags, { git, force, signal });
  return {
    name: request.name,
    version,
    dirty,
    ...(revision === undefined ? {} : { revision }),
    platforms: request.build.platforms.map((platform) => {
      const cannotRun = request.cannotRun(platform);
      return { platform: formatPlatform(platform), ...(cannotRun === undefined ? {} : { cannotRun }) };
    }),
    bases,
    tags: moves,
    checks: [
      ...services.map(({ name }) => name),
      ...rejects.map(({ name }) => name),
      ...(allowRoot ? [] : ["does not run as root"]),
      "has no secret in env, labels or history",
    ],
  };
}

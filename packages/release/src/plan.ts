import { type Repository, formatPlatform } from "@seaworthy/oci";
import { type BaseUse } from "@seaworthy/builder";
import type { ReleaseRequest, Trigger } from "./request.ts";
import type { Ancestry } from "./tags/guard/ancestry.ts";
import { type TagVerdict, planMoves } from "./tags/guard/move.ts";

/** What a release would do; reading it touches nothing. */
export interface ReleasePlan {
  /** Registry and repository, without tag. */
  readonly name: string;
  readonly version: string;
  readonly revision?: string;
  readonly dirty: boolean;
  readonly trigger: Trigger;
  readonly platforms: readonly { readonly platform: string; readonly cannotRun?: string }[];
  readonly bases: readonly BaseUse[];
  readonly tags: readonly TagVerdict[];
  /** Commands that must pass before the build; what stands in one list runs side by side. */
  readonly tests: readonly (readonly string[])[];
  readonly checks: readonly string[];
  /** What must hold before anything leaves the machine, and what each lets through. */
  readonly gates: readonly { readonly name: string; readonly allowed: string }[];
  /** Where it goes afterwards, where it goes anywhere. */
  readonly environment?: string;
  /** Why nothing will be pushed, where nothing will. */
  readonly noPush?: string;
}

export async function makePlan(
  request: ReleaseRequest,
  bases: readonly BaseUse[],
  repository: Repository,
  { ancestry, signal }: { readonly ancestry: Ancestry; readonly signal: AbortSignal },
): Promise<ReleasePlan> {
  const { version } = request.tags;
  const { revision, dirty } = request.source;
  const { services, rejects, allowRoot } = request.verify;
  const force = request.forceTags ?? false;
  const { noPush } = request;
  const planned = await planMoves(repository, request.tags, { ancestry, force, signal });
  const moves =
    noPush === undefined
      ? planned
      : planned.map((move) => ({ ...move, does: "behind" as const, reason: "nothing is pushed" }));
  return {
    name: request.name,
    version,
    dirty,
    trigger: request.trigger,
    ...(revision === undefined ? {} : { revision }),
    platforms: request.build.platforms.map((platform) => {
      const cannotRun = request.cannotRun(platform);
      return { platform: formatPlatform(platform), ...(cannotRun === undefined ? {} : { cannotRun }) };
    }),
    bases,
    tags: moves,
    tests: request.tests.map((group) => group.map(({ name }) => name)),
    gates: [...request.sources, ...request.gates].map(({ name, allowed }) => ({ name, allowed })),
    ...(noPush === undefined ? {} : { noPush }),
    checks: [
      ...services.map(({ name }) => name),
      ...rejects.map(({ name }) => name),
      ...(allowRoot ? [] : ["does not run as root"]),
      "has no secret in env, labels or history",
    ],
  };
}

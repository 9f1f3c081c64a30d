import {
  type Descriptor,
  type Repository,
  SeaworthyError,
  type StoredImage,
  isIndexType,
  readImage,
  readIndex,
} from "@seaworthy/oci";
import { DAMAGED } from "../damaged.ts";
import { readTarget } from "../tags/guard/target.ts";
import type { PlannedTag, TagPlan } from "../tags/plan.ts";
import type { PreviousRelease } from "./gate.ts";

export interface PreviousOptions {
  /** Of the new image. */
  readonly digest: string;
  /** Told where the earlier release is damaged: nothing can be compared with it, and nothing new waits for it. */
  readonly onProblem: (problem: SeaworthyError) => void;
  readonly signal: AbortSignal;
}

/**
 * The release that this one follows: what the narrowest of its moving tags points to now, `1.2` before `1` before
 * `latest`. Undefined where none of them is there yet, or where they point to this digest already.
 */
export async function findPrevious(
  repository: Repository,
  plan: Pick<TagPlan, "moves">,
  options: PreviousOptions,
): Promise<PreviousRelease | undefined> {
  try {
    return await readPrevious(repository, plan, options);
  } catch (error) {
    if (!(error instanceof SeaworthyError) || !DAMAGED.has(error.code)) throw error;
    options.onProblem(error);
    return undefined;
  }
}

async function readPrevious(
  repository: Repository,
  { moves }: Pick<TagPlan, "moves">,
  { digest, signal }: PreviousOptions,
): Promise<PreviousRelease | undefined> {
  for (const { tag } of moves.filter(isMoving)) {
    const target = await repository.resolve(tag, signal);
    if (target === undefined) continue;
    if (target.digest === digest) return undefined;
    const { version = tag } = await readTarget(repository, target, signal);
    return { version, digest: target.digest, images: await imagesOf(repository, target, signal) };
  }
  return undefined;
}

function isMoving({ kind }: PlannedTag): boolean {
  return kind === "version" || kind === "branch" || kind === "pull-request";
}

async function imagesOf(
  repository: Repository,
  target: Descriptor,
  signal: AbortSignal,
): Promise<readonly StoredImage[]> {
  if (!isIndexType(target.mediaType)) return [await readImage(repository, target)];
  const { manifests } = await readIndex(repository, target, signal);
  // Other tools list attestations as children too; they are no platform that anybody pulls.
  const images = manifests.filter(({ platform }) => platform?.os !== "unknown");
  return Promise.all(images.map((manifest) => readImage(repository, manifest)));
}

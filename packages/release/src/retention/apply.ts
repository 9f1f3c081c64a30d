import type { Digest } from "@seaworthy/oci";
import type { RetentionPlan } from "./plan.ts";
import type { Deletion, Shelf, Version } from "./shelf.ts";

/** A version that was to go and did not. */
export interface LeftAlone extends Version {
  readonly why: string;
}

export interface Applied {
  readonly deleted: readonly Version[];
  /** Changed since the plan was made: no fault. */
  readonly skipped: readonly LeftAlone[];
  /** The place did not want to. */
  readonly refused: readonly LeftAlone[];
  /** Bytes that are free now; undefined where the place frees them in its own time. */
  readonly freed?: number;
}

export interface ApplyOptions {
  /** Makes the plan anew, from what is there now. */
  readonly replan: () => Promise<RetentionPlan>;
  /** Keeps what is about to go, so that it can be undone. Nothing is deleted before this is done. */
  readonly remember: (versions: readonly Version[]) => Promise<void>;
  readonly signal: AbortSignal;
}

/**
 * Carries out the plan that was shown, less whatever is not what it was: a new look is taken first, and what that would
 * not delete stays. Where it is interrupted nothing that is there lists what is gone.
 */
export async function applyPlan(
  shelf: Shelf,
  shown: RetentionPlan,
  { replan, remember, signal }: ApplyOptions,
): Promise<Applied> {
  const now = await replan();
  const { waves, skipped } = stillGoing(shown, now);
  if (waves.length > 0) await remember(waves.flat());
  const run = new Run(shelf, now, signal);
  for (const wave of waves) await run.wave(wave);
  const all = [...skipped, ...run.skipped];
  const done = { deleted: run.deleted, skipped: all, refused: run.refused };
  if (shelf.reclaim === undefined) return done;
  const frees = [...shown.frees.keys()].filter((digest) => now.frees.has(digest));
  return { ...done, freed: await shelf.reclaim(frees, shown.before, signal) };
}

interface StillGoing {
  readonly waves: readonly (readonly Version[])[];
  readonly skipped: readonly LeftAlone[];
}

/** What both plans delete, in the order of now; and nothing that is held by what only one of them deletes. */
function stillGoing(shown: RetentionPlan, now: RetentionPlan): StillGoing {
  const planned = new Map(shown.waves.flat().map((version) => [version.digest, version]));
  const going = now.waves.flat();
  const differs = going.filter(({ digest, tags }) => !sameTags(planned.get(digest)?.tags, tags));
  const stays = closure(
    differs.map(({ digest }) => digest),
    now.below,
  );
  const waves = now.waves.map((wave) => wave.filter(({ digest }) => !stays.has(digest)));
  const goes = new Set(waves.flat().map(({ digest }) => digest));
  const reasons = new Map(now.stays.map(({ digest, why }) => [digest, why.join("; ")]));
  const skipped = [...planned.values()]
    .filter(({ digest }) => !goes.has(digest))
    .map((version) => ({ ...version, why: reasons.get(version.digest) ?? CHANGED }));
  return { waves: waves.filter((wave) => wave.length > 0), skipped };
}

const CHANGED = "it changed, belongs to something that stays, or is gone";

function closure(from: readonly Digest[], below: RetentionPlan["below"]): Set<Digest> {
  const found = new Set<Digest>();
  const queue = [...from];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    queue.push(...below(next));
  }
  return found;
}

function sameTags(one: readonly string[] | undefined, other: readonly string[]): boolean {
  const tags = new Set(one);
  return one?.length === other.length && other.every((tag) => tags.has(tag));
}

class Run {
  readonly deleted: Version[] = [];
  readonly skipped: LeftAlone[] = [];
  readonly refused: LeftAlone[] = [];
  readonly #shelf: Shelf;
  readonly #plan: RetentionPlan;
  readonly #signal: AbortSignal;
  /** What something that stayed holds. */
  readonly #stays = new Map<Digest, string>();

  constructor(shelf: Shelf, plan: RetentionPlan, signal: AbortSignal) {
    this.#shelf = shelf;
    this.#plan = plan;
    this.#signal = signal;
  }

  async wave(wave: readonly Version[]): Promise<void> {
    for (const version of wave) {
      const why = this.#stays.get(version.digest);
      if (why !== undefined) this.skipped.push({ ...version, why });
    }
    const goes = wave.filter(({ digest }) => !this.#stays.has(digest));
    await this.#shelf.delete(goes, (version, deletion) => this.#note(version, deletion), this.#signal);
  }

  #note(version: Version, deletion: Deletion): void {
    if (deletion.is === "deleted") {
      this.deleted.push(version);
      return;
    }
    const left = { ...version, why: deletion.why };
    if (deletion.is === "changed") this.skipped.push(left);
    else this.refused.push(left);
    for (const digest of closure([version.digest], this.#plan.below)) {
      this.#stays.set(digest, `${version.digest} stays`);
    }
  }
}

import type { Descriptor, Repository } from "@seaworthy/oci";
import { ReleaseError } from "../../error.ts";
import type { PlannedTag, TagPlan } from "../plan.ts";
import type { Ancestry } from "./ancestry.ts";
import { type MoveDecision, type TagTarget, decideMove, needsAncestry } from "./decide.ts";
import { findNewer } from "./rivals.ts";
import { readTarget } from "./target.ts";

/** What would become of a tag, or what became of it. `from` is where it pointed before. */
export interface TagVerdict extends MoveDecision {
  readonly tag: string;
  readonly from?: string;
}

export interface TagMoved extends TagVerdict {
  /** Where it points now. */
  readonly to: string;
}

export interface GuardOptions {
  readonly ancestry: Ancestry;
  /** Move against what git calls unrelated or does not know. */
  readonly force?: boolean;
  readonly signal: AbortSignal;
}

/** How often a tag is written again where others write it too; each time someone else got further. */
const MAX_ROUNDS = 8;

/**
 * What a plan would do to a repository's tags; touches nothing. Asks for the list of tags once, and per planned tag for
 * its target and what that says of itself: the number of tags there are makes no difference.
 * @param digest of the image; undefined before it is built
 */
export async function planMoves(
  repository: Repository,
  plan: TagPlan,
  options: GuardOptions & { readonly digest?: string },
): Promise<readonly TagVerdict[]> {
  const guard = new Guard(repository, plan, options, options.digest);
  const tags = await guard.tags();
  return Promise.all(plan.moves.map((move) => guard.verdict(move, tags)));
}

/**
 * Moves the tags of a plan to an image that is published already. Nothing is written where one of them is refused.
 * Each is read right before it is written, and after: where another publisher was faster with something newer, that is
 * what the tag is left at.
 * @throws ReleaseError `refused` naming every tag that may not move; `publish-failed` where the registry does not hold
 * what was written
 */
export async function moveTags(
  repository: Repository,
  target: Descriptor,
  plan: TagPlan,
  options: GuardOptions,
): Promise<readonly TagMoved[]> {
  const guard = new Guard(repository, plan, options, target.digest);
  const tags = await guard.tags();
  refuse(await Promise.all(plan.moves.map((move) => guard.verdict(move, tags))));
  const moved: TagMoved[] = [];
  for (const move of inOrder(plan.moves)) moved.push(await guard.move(move, target, tags));
  return moved;
}

/** What names one version or commit comes before what others follow: see `findNewer`. */
function inOrder(moves: readonly PlannedTag[]): readonly PlannedTag[] {
  const isFixed = ({ kind }: PlannedTag): boolean =>
    kind === "release" || kind === "commit" || kind === "scratch";
  return [...moves.filter(isFixed), ...moves.filter((move) => !isFixed(move))];
}

/** @throws ReleaseError `refused` naming every tag that may not move */
export function refuse(verdicts: readonly TagVerdict[]): void {
  const refused = verdicts.filter(({ does }) => does === "refused");
  const [first] = refused;
  if (first === undefined) return;
  const lines = refused.map(({ tag, reason }) => `${tag}: ${reason}`);
  const text = lines.length === 1 ? `tag ${lines[0]}` : `tags may not move\n  ${lines.join("\n  ")}`;
  throw new ReleaseError("refused", text, first.hint === undefined ? {} : { hint: first.hint });
}

class Guard {
  readonly #repository: Repository;
  readonly #plan: TagPlan;
  readonly #options: GuardOptions;
  readonly #next: TagTarget;

  constructor(repository: Repository, plan: TagPlan, options: GuardOptions, digest: string | undefined) {
    this.#repository = repository;
    this.#plan = plan;
    this.#options = options;
    this.#next = {
      ...(digest === undefined ? {} : { digest }),
      ...(plan.revision === undefined ? {} : { revision: plan.revision }),
      ...(plan.release === undefined ? {} : { version: plan.release }),
    };
  }

  /** None where nothing in the plan is looked up by name. */
  async tags(): Promise<readonly string[]> {
    const asked = this.#plan.moves.some(({ series }) => series !== undefined);
    return asked ? this.#repository.tags(this.#options.signal) : [];
  }

  /** @param tags those that may name something newer */
  async verdict(move: PlannedTag, tags: readonly string[]): Promise<TagVerdict> {
    const { tag } = move;
    const now = await this.#repository.resolve(tag, this.#options.signal);
    const found = now === undefined ? {} : { from: now.digest };
    // A release that has nothing to do asks git nothing.
    if (now !== undefined && now.digest === this.#next.digest) {
      return { tag, ...found, ...decideMove({ kind: move.kind, current: now, next: this.#next }) };
    }
    const newer = await findNewer(move, this.#plan, tags, this.#options.ancestry);
    if (newer !== undefined)
      return { tag, ...found, does: "behind", reason: `${newer} is published already` };
    return { tag, ...found, ...(await this.#decide(move, now)) };
  }

  async #decide({ kind }: PlannedTag, now: Descriptor | undefined): Promise<MoveDecision> {
    const next = this.#next;
    // What does not exist, or moves always or never, needs no look into the image.
    if (now === undefined || kind === "release" || kind === "scratch") {
      return decideMove({ kind, current: now, next });
    }
    const current = await readTarget(this.#repository, now, this.#options.signal);
    if (!needsAncestry(kind, current, next)) return decideMove({ kind, current, next });
    const ancestry = await this.#options.ancestry.relation(current.revision, next.revision);
    return decideMove({ kind, current, next, ancestry, force: this.#options.force ?? false });
  }

  /** Reads, decides, writes and reads back, until what is there is ours or newer. */
  async move(move: PlannedTag, target: Descriptor, tags: readonly string[]): Promise<TagMoved> {
    const { tag } = move;
    const { signal } = this.#options;
    const first = await this.verdict(move, tags);
    let last = first;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      refuse([last]);
      if (last.does === "behind") return { ...last, to: last.from ?? target.digest };
      if (last.does !== "move") return { ...first, to: target.digest };
      await this.#repository.tag(target, tag, signal);
      const newer = await this.#overtaken(move);
      if (newer !== undefined) return { ...first, ...newer, does: "behind" };
      const held = await this.#repository.resolve(tag, signal);
      if (held?.digest === target.digest) return { ...first, to: target.digest };
      last = await this.verdict(move, []);
    }
    throw new ReleaseError("publish-failed", `tag ${tag}: does not hold what was written to it`, {
      retryable: true,
      hint: "run the release again; what was sent is not sent twice",
    });
  }

  /** Puts the tag where it belongs if someone newer was written over; each round someone newer still was there. */
  async #overtaken(move: PlannedTag): Promise<{ readonly reason: string; readonly to: string } | undefined> {
    if (move.series === undefined) return undefined;
    const { signal } = this.#options;
    let overtaken: { readonly newer: string; readonly to: string } | undefined;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const newer = await findNewer(move, this.#plan, await this.tags(), this.#options.ancestry);
      const target = newer === undefined ? undefined : await this.#repository.resolve(newer, signal);
      if (newer === undefined || target === undefined || newer === overtaken?.newer) break;
      await this.#repository.tag(target, move.tag, signal);
      overtaken = { newer, to: target.digest };
    }
    return overtaken && { reason: `${overtaken.newer} was published meanwhile`, to: overtaken.to };
  }
}

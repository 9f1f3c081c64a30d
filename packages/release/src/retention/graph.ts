import type { Digest } from "@seaworthy/oci";
import { RECORD_TYPE } from "../record.ts";
import type { Links } from "./links.ts";
import type { Item, Survey } from "./survey.ts";
import { subjectOfTag } from "./tag-pattern.ts";

/** An item that is there. */
export type Present = Item & { readonly links: Links };

const NONE: readonly Digest[] = [];

/** What holds what, in both directions. */
export class Graph {
  readonly present = new Map<Digest, Present>();
  readonly #parents = new Map<Digest, Digest[]>();
  readonly #attached = new Map<Digest, Digest[]>();
  readonly #subjects = new Map<Digest, readonly Digest[]>();

  constructor({ items }: Survey) {
    for (const item of items.values()) if (isPresent(item)) this.present.set(item.digest, item);
    for (const item of this.present.values()) {
      for (const child of item.links.children) add(this.#parents, child, item.digest);
      const subjects = subjectsOf(item);
      if (subjects.length > 0) this.#subjects.set(item.digest, subjects);
      for (const subject of subjects) add(this.#attached, subject, item.digest);
    }
  }

  /** Those that list it. */
  parents(digest: Digest): readonly Digest[] {
    return this.#parents.get(digest) ?? NONE;
  }

  /** What it is about, there or not: of a referrer, of a tag that holds referrers or a signature. */
  subjects(digest: Digest): readonly Digest[] {
    return this.#subjects.get(digest) ?? NONE;
  }

  attached(digest: Digest): readonly Digest[] {
    return this.#attached.get(digest) ?? NONE;
  }

  /** What stays where it stays: children, and what is about it. */
  below(digest: Digest): readonly Digest[] {
    const children = this.present.get(digest)?.links.children ?? NONE;
    const attached = this.attached(digest);
    return attached.length === 0 ? children : [...children, ...attached];
  }

  /** Adds all that stays with these; what is not there is passed over. */
  mark(from: Iterable<Digest>, marked: Set<Digest>): void {
    const queue = [...from];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      if (marked.has(next) || !this.present.has(next)) continue;
      marked.add(next);
      queue.push(...this.below(next));
    }
  }

  /** It and whatever lists it, up to the top. */
  above(digest: Digest): ReadonlySet<Digest> {
    const found = new Set<Digest>();
    const queue = [digest];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      if (found.has(next)) continue;
      found.add(next);
      queue.push(...this.parents(next));
    }
    return found;
  }

  /** What of it, at any depth, is missing. */
  missing(digest: Digest): readonly Digest[] {
    const seen = new Set<Digest>();
    const queue = [digest];
    const missing: Digest[] = [];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      const item = this.present.get(next);
      if (item === undefined) missing.push(next);
      else queue.push(...item.links.children);
    }
    return missing;
  }

  /** Whether there is evidence of a kind about it, by what that says of itself. */
  has(digest: Digest, predicateType: string): boolean {
    return this.#evidence(digest, predicateType).length > 0;
  }

  /** Undefined where no release record is dated on its outside. */
  recordedAt(digest: Digest): number | undefined {
    return latest(this.#evidence(digest, RECORD_TYPE).map(({ created }) => created));
  }

  /**
   * When it came: as the place tells, or a release record, which may be of a later release of the same bytes. Else what
   * the image says of itself, else the newest of what it holds and what is about it.
   */
  at(digest: Digest): number | undefined {
    const item = this.present.get(digest);
    const own = latest([item?.at, this.recordedAt(digest)]) ?? item?.links.created;
    return own ?? latest(this.below(digest).map((each) => this.present.get(each)?.links.created));
  }

  #evidence(digest: Digest, predicateType: string): readonly Links[] {
    const about = this.attached(digest).flatMap((each) => this.present.get(each)?.links ?? []);
    return about.filter((links) => links.predicateType === predicateType);
  }
}

function latest(times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : known.reduce((a, b) => Math.max(a, b));
}

function isPresent(item: Item): item is Present {
  return item.links !== undefined;
}

function subjectsOf({ tags, links }: Present): readonly Digest[] {
  const byTag = tags.flatMap((tag) => subjectOfTag(tag) ?? []).map((hex) => `sha256:${hex}` as Digest);
  return links.subject === undefined ? byTag : [...byTag, links.subject];
}

function add(map: Map<Digest, Digest[]>, key: Digest, value: Digest): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

import type { Digest } from "@seaworthy/oci";
import { ageText } from "./age-text.ts";
import type { Graph, Present } from "./graph.ts";
import type { RetentionPolicy, RetentionRule } from "./policy.ts";
import { subjectOfTag, tagPattern } from "./tag-pattern.ts";

/** Why a version stays; empty where nothing wants it, and then why not. */
export interface Verdict {
  readonly stays: readonly string[];
  readonly goes: string;
}

interface Rule extends RetentionRule {
  readonly patterns: readonly RegExp[];
  readonly text: string;
  /** The newest that it keeps. */
  readonly kept: ReadonlySet<Digest>;
}

/** Tags that people and releases gave. */
export function namesOf({ tags }: Pick<Present, "tags">): readonly string[] {
  return tags.filter((tag) => subjectOfTag(tag) === undefined);
}

export interface Judged {
  readonly policy: RetentionPolicy;
  readonly now: number;
  /** What a run that was interrupted had decided to delete. */
  readonly left: ReadonlySet<Digest>;
}

const UNKNOWN_AGE = "its age is not known";
const PULL_REQUEST = /^pr-\d+$/;

/** What the policy says of single versions; what belongs to them, and what is needed elsewhere, is not its matter. */
export class Judge {
  readonly #graph: Graph;
  readonly #policy: RetentionPolicy;
  readonly #now: number;
  readonly #left: ReadonlySet<Digest>;
  readonly #rules: readonly Rule[];
  readonly #newest: ReadonlySet<Digest>;

  constructor(graph: Graph, { policy, now, left }: Judged) {
    this.#graph = graph;
    this.#policy = policy;
    this.#now = now;
    this.#left = left;
    const tagged = this.#newestFirst([...graph.present.values()].filter((item) => namesOf(item).length > 0));
    // A busy day of pull requests must not push the releases out.
    const releases = tagged.filter((item) => !namesOf(item).every((tag) => PULL_REQUEST.test(tag)));
    this.#newest = first(releases, policy.newest);
    this.#rules = this.#open(policy.rules, tagged);
  }

  verdict(item: Present): Verdict {
    const names = namesOf(item);
    return names.length === 0 ? this.#untagged(item) : this.#tagged(item, names);
  }

  /** Too young to be touched where nobody names it, or of unknown age, which is the same. */
  isFresh({ digest }: Pick<Present, "digest">): boolean {
    const at = this.#graph.at(digest);
    return at === undefined || at > this.#now - this.#policy.untagged;
  }

  #tagged(item: Present, names: readonly string[]): Verdict {
    const stays = new Set<string>();
    let goes = "no rule keeps it";
    if (this.#graph.at(item.digest) === undefined) stays.add(UNKNOWN_AGE);
    if (this.#newest.has(item.digest)) stays.add(`one of the newest ${this.#policy.newest}`);
    for (const tag of names) {
      const rule = this.#rules.find(({ patterns }) => patterns.some((pattern) => pattern.test(tag)));
      const why = rule === undefined ? undefined : this.#keeps(rule, item, tag);
      if (why !== undefined) stays.add(why);
      else if (typeof rule?.for === "number") goes = `older than ${ageText(rule.for)}`;
      else if (rule?.newest !== undefined) goes = `not one of the newest ${rule.newest} of ${rule.text}`;
    }
    return { stays: [...stays], goes };
  }

  #keeps(rule: Rule, item: Present, tag: string): string | undefined {
    if (rule.for === "ever") return `${tag} for ever`;
    if (rule.kept.has(item.digest)) return `one of the newest ${rule.newest} of ${rule.text}`;
    if (rule.for === undefined) return undefined;
    const at = this.#graph.at(item.digest) ?? 0;
    return at > this.#now - rule.for ? `younger than ${ageText(rule.for)}` : undefined;
  }

  #untagged(item: Present): Verdict {
    const at = this.#graph.at(item.digest);
    const isAbout = this.#graph.subjects(item.digest).length > 0;
    const goes = isAbout ? "what it is about is gone" : "no tag";
    // An empty list of referrers says nothing, whenever it was written.
    const isEmpty = isAbout && item.links.children.length + item.links.contents.length === 0;
    // Its age was looked at when it had something to belong to.
    const isLeft = this.#left.has(item.digest) && (isAbout || item.at === undefined);
    if (isEmpty || isLeft || !this.isFresh(item)) return { stays: [], goes };
    return { stays: [at === undefined ? UNKNOWN_AGE : "no tag yet: may be under way"], goes };
  }

  #open(rules: readonly RetentionRule[], tagged: readonly Present[]): readonly Rule[] {
    const opened = rules.map((rule) => ({
      ...rule,
      patterns: rule.tags.map(tagPattern),
      text: rule.tags.join(", "),
    }));
    return opened.map((rule, at) => {
      const decides = (tag: string): boolean =>
        opened.findIndex(({ patterns }) => patterns.some((pattern) => pattern.test(tag))) === at;
      const matching = rule.newest === undefined ? [] : tagged.filter((item) => namesOf(item).some(decides));
      return { ...rule, kept: first(matching, rule.newest ?? 0) };
    });
  }

  /** Those whose age is known. */
  #newestFirst(items: readonly Present[]): readonly Present[] {
    const dated = items.flatMap((item) => {
      const at = this.#graph.at(item.digest);
      return at === undefined ? [] : [{ item, at }];
    });
    return dated
      .toSorted((a, b) => (a.at === b.at ? (a.item.digest < b.item.digest ? -1 : 1) : b.at - a.at))
      .map(({ item }) => item);
  }
}

function first(items: readonly Present[], count: number): ReadonlySet<Digest> {
  return new Set(items.slice(0, count).map(({ digest }) => digest));
}
